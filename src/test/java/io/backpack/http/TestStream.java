package io.backpack.http;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.concurrent.atomic.AtomicLong;

/** A stream that emits what a test tells it to. */
final class TestStream implements ReadStream<Buffer> {
  private volatile boolean started;
  private final AtomicLong emitted = new AtomicLong();
  private Handler<Buffer> handler;
  private Handler<Void> endHandler;
  private Handler<Throwable> exceptionHandler;

  /** Whether somebody wants bytes now. */
  boolean started() {
    return started;
  }

  long emitted() {
    return emitted.get();
  }

  void emit(Buffer chunk) {
    emitted.addAndGet(chunk.length());
    handler.handle(chunk);
  }

  void end() {
    endHandler.handle(null);
  }

  void fail(Throwable failure) {
    exceptionHandler.handle(failure);
  }

  @Override
  public ReadStream<Buffer> handler(Handler<Buffer> handler) {
    this.handler = handler;
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(Handler<Void> handler) {
    this.endHandler = handler;
    return this;
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(Handler<Throwable> handler) {
    this.exceptionHandler = handler;
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    started = false;
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    started = true;
    return this;
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    return resume();
  }
}
