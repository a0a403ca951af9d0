package io.backpack.copy;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/**
 * A photo's body on its way from source to target that remembers how it ended: when an upload
 * fails, only this tells whether the source or the target was at fault.
 */
final class WatchedBody implements ReadStream<Buffer> {
  private final ReadStream<Buffer> source;
  private volatile boolean failed;
  private volatile boolean ended;

  WatchedBody(ReadStream<Buffer> source) {
    this.source = source;
  }

  /** Whether the source broke off. */
  boolean failed() {
    return failed;
  }

  /** Whether nothing more will come, for better or worse. */
  boolean over() {
    return failed || ended;
  }

  @Override
  public ReadStream<Buffer> handler(Handler<Buffer> handler) {
    source.handler(handler);
    return this;
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(Handler<Throwable> handler) {
    source.exceptionHandler(
        failure -> {
          failed = true;
          if (handler != null) {
            handler.handle(failure);
          }
        });
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(Handler<Void> handler) {
    source.endHandler(
        end -> {
          ended = true;
          if (handler != null) {
            handler.handle(null);
          }
        });
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    source.pause();
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    source.resume();
    return this;
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    source.fetch(amount);
    return this;
  }
}
