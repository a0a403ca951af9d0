package io.backpack.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A stream that is read into memory, in however many chunks it comes. */
class StreamsTest {
  /** Gives everything out at the first demand. */
  private static final class Chunks implements ReadStream<Buffer> {
    private final List<Buffer> chunks;
    private Handler<Buffer> handler;
    private Handler<Void> endHandler;

    Chunks(Buffer... chunks) {
      this.chunks = List.of(chunks);
    }

    @Override
    public ReadStream<Buffer> exceptionHandler(Handler<Throwable> failed) {
      return this;
    }

    @Override
    public ReadStream<Buffer> handler(Handler<Buffer> received) {
      handler = received;
      return this;
    }

    @Override
    public ReadStream<Buffer> endHandler(Handler<Void> ended) {
      endHandler = ended;
      return this;
    }

    @Override
    public ReadStream<Buffer> pause() {
      return this;
    }

    @Override
    public ReadStream<Buffer> resume() {
      chunks.forEach(handler::handle);
      endHandler.handle(null);
      return this;
    }

    @Override
    public ReadStream<Buffer> fetch(long amount) {
      return resume();
    }
  }

  private static String collected(int expected, Buffer... chunks) {
    return Streams.collect(new Chunks(chunks), 10, expected).result().toString();
  }

  @Test
  void oneChunkOfTheExpectedLengthIsNotCopied() {
    Buffer whole = Buffer.buffer("abcdef");
    assertSame(whole, Streams.collect(new Chunks(whole), 10, 6).result());
  }

  @Test
  void whateverTheChunksTheBytesAreThere() {
    Buffer first = Buffer.buffer("abc");
    assertEquals("abcdef", collected(6, first, Buffer.buffer("def")));
    assertEquals("abcdef", collected(3, first, Buffer.buffer("def")));
    assertEquals("abc", first.toString());
    assertEquals("abc", collected(9, Buffer.buffer(), first));
    assertEquals("", collected(5));
  }

  @Test
  void beyondTheLimitItFails() {
    Future<Buffer> all =
        Streams.collect(new Chunks(Buffer.buffer("0123456789"), Buffer.buffer("x")), 10, 10);
    assertTrue(all.failed());
    assertEquals(ErrorCode.TOO_LARGE, BackpackException.of(all.cause()).code());
  }
}
