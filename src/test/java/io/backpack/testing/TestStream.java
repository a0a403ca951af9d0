package io.backpack.testing;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/** A stream that emits what a test tells it to, whether or not it is asked for it. */
public final class TestStream implements ReadStream<Buffer> {
  private final Consumer<TestStream> onDemand;
  private final AtomicLong emitted = new AtomicLong();
  private volatile boolean started;
  private boolean demanded;
  private Handler<Buffer> handler;
  private Handler<Void> endHandler;
  private Handler<Throwable> exceptionHandler;

  public TestStream() {
    this(stream -> {});
  }

  private TestStream(Consumer<TestStream> onDemand) {
    this.onDemand = onDemand;
  }

  /** One that does something when it is asked for bytes for the first time. */
  public static TestStream onDemand(Consumer<TestStream> action) {
    return new TestStream(action);
  }

  /** Whether somebody wants bytes now. */
  public boolean started() {
    return started;
  }

  public long emitted() {
    return emitted.get();
  }

  public void emit(Buffer chunk) {
    emitted.addAndGet(chunk.length());
    handler.handle(chunk);
  }

  public void end() {
    endHandler.handle(null);
  }

  public void fail(Throwable failure) {
    exceptionHandler.handle(failure);
  }

  @Override
  public TestStream handler(Handler<Buffer> newHandler) {
    handler = newHandler;
    return this;
  }

  @Override
  public TestStream endHandler(Handler<Void> newHandler) {
    endHandler = newHandler;
    return this;
  }

  @Override
  public TestStream exceptionHandler(Handler<Throwable> newHandler) {
    exceptionHandler = newHandler;
    return this;
  }

  @Override
  public TestStream pause() {
    started = false;
    return this;
  }

  @Override
  public TestStream resume() {
    started = true;
    if (!demanded) {
      demanded = true;
      onDemand.accept(this);
    }
    return this;
  }

  @Override
  public TestStream fetch(long amount) {
    return resume();
  }
}
