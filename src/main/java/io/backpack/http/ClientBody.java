package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientResponse;
import io.vertx.core.streams.ReadStream;
import java.util.OptionalInt;
import java.util.zip.CRC32C;

/**
 * The body of a photo that a server sends. It ends only when every announced byte came and, where
 * the server told a checksum of them, they have it; the chunk that would complete a wrong body is
 * withheld, so whoever passes the bytes on cannot pass on a whole wrong photo. Starts paused.
 */
final class ClientBody implements ReadStream<Buffer> {
  private final HttpClientResponse response;
  private final String server;
  private final long length;
  private final OptionalInt crc32c;
  private final CRC32C sum = new CRC32C();
  private final ProgressWatch watch;

  private long received;
  private boolean completed;
  private Throwable failure;
  private boolean told;
  private Handler<Buffer> handler;
  private Handler<Void> endHandler;
  private Handler<Throwable> exceptionHandler;

  /**
   * @param length announced, or -1
   * @param crc32c of the body, where known
   */
  ClientBody(
      Vertx vertx,
      HttpClientResponse response,
      String server,
      long length,
      OptionalInt crc32c,
      long timeoutMillis) {
    this.response = response.pause();
    this.server = server;
    this.length = length;
    this.crc32c = crc32c;
    this.watch =
        new ProgressWatch(
            vertx,
            timeoutMillis,
            () -> broken(server + " stopped sending for " + timeoutMillis + " ms", null));
    response.exceptionHandler(e -> broken(server + " broke off: " + ClientErrors.reason(e), e));
    response.handler(this::received);
    response.endHandler(end -> ended());
  }

  private void received(Buffer chunk) {
    if (failure != null) {
      return;
    }
    watch.progress();
    received += chunk.length();
    sum.update(chunk.getBytes());
    if (length >= 0 && received > length) {
      broken(server + " sent more bytes than announced", null);
    } else if (received == length && !sumIsRight()) {
      broken(server + " sent bytes that do not have their checksum", null);
    } else if (handler != null) {
      handler.handle(chunk);
    }
  }

  private boolean sumIsRight() {
    return crc32c.isEmpty() || crc32c.getAsInt() == (int) sum.getValue();
  }

  private void ended() {
    watch.stop();
    if (failure != null) {
      return;
    }
    if (length >= 0 && received < length) {
      broken(server + " sent " + received + " of " + length + " bytes", null);
    } else if (length < 0 && !sumIsRight()) {
      broken(server + " sent bytes that do not have their checksum", null);
    } else {
      completed = true;
      tell();
    }
  }

  private void broken(String message, Throwable cause) {
    if (failure != null || completed) {
      return;
    }
    failure = new BackpackException(ErrorCode.UNAVAILABLE, message, cause);
    watch.stop();
    response.request().connection().close().onFailure(ClientErrors::ignore);
    tell();
  }

  /** Tells the end or the failure, at the latest when there is somebody to be told. */
  private void tell() {
    if (told) {
      return;
    }
    if (failure != null && exceptionHandler != null) {
      told = true;
      exceptionHandler.handle(failure);
    } else if (completed && endHandler != null) {
      told = true;
      endHandler.handle(null);
    }
  }

  /** The checksum of what was received so far. */
  int sum() {
    return (int) sum.getValue();
  }

  @Override
  public ReadStream<Buffer> handler(Handler<Buffer> handler) {
    this.handler = handler;
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(Handler<Void> endHandler) {
    this.endHandler = endHandler;
    tell();
    return this;
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(Handler<Throwable> handler) {
    this.exceptionHandler = handler;
    tell();
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    watch.waiting(false);
    response.pause();
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    watch.waiting(true);
    response.resume();
    return this;
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    watch.waiting(true);
    response.fetch(amount);
    return this;
  }
}
