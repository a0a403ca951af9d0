package io.backpack.api;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/**
 * One buffer as a stream: emitted once on demand, then the end. Starts paused. Not safe for use by
 * several threads at a time.
 */
final class BufferStream implements ReadStream<Buffer> {
  private final Buffer buffer;
  private Handler<Buffer> handler;
  private Handler<Void> endHandler;
  private boolean demanded;
  private boolean done;

  BufferStream(Buffer buffer) {
    this.buffer = buffer;
  }

  Buffer buffer() {
    return buffer;
  }

  @Override
  public ReadStream<Buffer> handler(Handler<Buffer> handler) {
    this.handler = handler;
    emit();
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(Handler<Void> endHandler) {
    this.endHandler = endHandler;
    if (done && endHandler != null) {
      endHandler.handle(null);
    }
    return this;
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(Handler<Throwable> handler) {
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    demanded = false;
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    demanded = true;
    emit();
    return this;
  }

  private void emit() {
    if (!demanded || done || handler == null) {
      return;
    }
    done = true;
    handler.handle(buffer);
    if (endHandler != null) {
      endHandler.handle(null);
    }
  }
}
