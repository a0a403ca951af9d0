package io.backpack.copy;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/** Emits some bytes and then fails, as a node that dies in the middle. */
final class BrokenBody implements ReadStream<Buffer> {
  private final Buffer start;
  private Handler<Buffer> handler;
  private Handler<Throwable> exceptionHandler;

  BrokenBody(Buffer start) {
    this.start = start;
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(Handler<Throwable> onFailure) {
    exceptionHandler = onFailure;
    return this;
  }

  @Override
  public ReadStream<Buffer> handler(Handler<Buffer> onBytes) {
    handler = onBytes;
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(Handler<Void> onEnd) {
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    handler.handle(start);
    exceptionHandler.handle(new BackpackException(ErrorCode.UNAVAILABLE, "connection reset"));
    return this;
  }
}
