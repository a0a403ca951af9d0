package io.backpack.storage;

import io.netty.buffer.Unpooled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.internal.buffer.BufferInternal;
import java.io.IOException;
import java.io.OutputStream;
import java.util.concurrent.ExecutionException;

/**
 * The body of a response for a thread that may wait: each piece is awaited until the client's
 * connection has taken it, so no more than one is in memory. A client that takes nothing is ended
 * by the server's idle timeout, which ends the wait. For one thread, never an event loop.
 */
final class ResponseOutput extends OutputStream {
  private static final int PIECE = 256 << 10;

  private final Context context;
  private final HttpServerResponse response;
  private byte[] piece = new byte[PIECE];
  private int filled;

  ResponseOutput(Context context, HttpServerResponse response) {
    this.context = context;
    this.response = response;
  }

  @Override
  public void write(int value) throws IOException {
    write(new byte[] {(byte) value}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    int from = offset;
    int left = length;
    while (left > 0) {
      int count = Math.min(left, PIECE - filled);
      System.arraycopy(bytes, from, piece, filled, count);
      filled += count;
      from += count;
      left -= count;
      if (filled == PIECE) {
        sendPiece();
      }
    }
  }

  /** Small pieces wait for more, see {@link #end}. */
  @Override
  public void flush() {}

  private void sendPiece() throws IOException {
    if (filled == 0) {
      return;
    }
    byte[] full = piece;
    int length = filled;
    piece = new byte[PIECE]; // The connection may still hold the last one.
    filled = 0;
    await(() -> response.write(BufferInternal.buffer(Unpooled.wrappedBuffer(full, 0, length))));
  }

  /** Sends the rest, and the end of the body. */
  void end() throws IOException {
    sendPiece();
    await(response::end);
  }

  /** Closes the connection without the end of the body. */
  void breakOff() {
    context.runOnContext(v -> response.reset());
  }

  private interface Step {
    Future<Void> take();
  }

  private void await(Step step) throws IOException {
    Promise<Void> taken = Promise.promise();
    context.runOnContext(
        v -> {
          if (response.closed()) {
            taken.fail("the client went away");
          } else {
            step.take().onComplete(taken);
          }
        });
    try {
      taken.future().toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
