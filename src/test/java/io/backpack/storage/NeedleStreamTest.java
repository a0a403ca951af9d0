package io.backpack.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.backpack.api.ByteRange;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class NeedleStreamTest {
  private static final int PIECES = 4;
  private static final int SIZE = (PIECES - 1) * NeedleStream.PIECE + 12_345;

  private final Vertx vertx = Vertx.vertx();
  private final byte[] photo = new byte[SIZE];
  private final AtomicInteger begun = new AtomicInteger();

  @AfterEach
  void close() {
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }

  private Future<ByteBuffer> read(long offset, int length) {
    begun.incrementAndGet();
    return Future.succeededFuture(ByteBuffer.wrap(photo, (int) offset, length).slice());
  }

  @Test
  void readsOnePieceAheadOfWhatIsTakenAndNoMore() throws Exception {
    new Random(1).nextBytes(photo);
    Buffer all = Buffer.buffer();
    Promise<Void> done = Promise.promise();
    Context context = vertx.getOrCreateContext();
    context.runOnContext(
        start -> {
          NeedleStream stream = new NeedleStream(context, this::read, ByteRange.all(SIZE));
          AtomicInteger taken = new AtomicInteger();
          stream.exceptionHandler(done::tryFail);
          stream.endHandler(end -> done.tryComplete());
          stream.pause();
          stream.handler(
              piece -> {
                all.appendBuffer(piece);
                int now = taken.incrementAndGet();
                if (begun.get() != Math.min(now + 1, PIECES)) {
                  done.tryFail(begun.get() + " pieces were read when " + now + " was taken");
                }
                // Later: what was read ahead must not come before it is asked for.
                vertx.setTimer(
                    1,
                    timer -> {
                      if (taken.get() != now || begun.get() != Math.min(now + 1, PIECES)) {
                        done.tryFail("it went on by itself");
                      }
                      stream.fetch(1);
                    });
              });
          stream.fetch(1);
        });
    done.future().toCompletionStage().toCompletableFuture().get(20, TimeUnit.SECONDS);
    assertArrayEquals(photo, all.getBytes());
    assertEquals(PIECES, begun.get());
  }
}
