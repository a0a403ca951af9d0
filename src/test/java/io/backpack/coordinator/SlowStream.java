package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/** A client that sends a chunk at a time, each a moment after it was asked for. */
final class SlowStream implements ReadStream<Buffer> {
  private final Vertx vertx;
  private final int chunks;
  private final int chunkSize;
  private Handler<Buffer> handler = chunk -> {};
  private Handler<Void> endHandler = end -> {};
  private Handler<Throwable> exceptionHandler = failure -> {};
  private Runnable onChunk = () -> {};
  private long demand;
  private int sent;
  private boolean scheduled;
  private boolean ended;
  private int breakAt = -1;

  SlowStream(Vertx vertx, int chunks, int chunkSize) {
    this.vertx = vertx;
    this.chunks = chunks;
    this.chunkSize = chunkSize;
  }

  /** Lets the client go away after this many chunks. */
  SlowStream breakAt(int chunkNumber) {
    breakAt = chunkNumber;
    return this;
  }

  SlowStream onChunk(Runnable action) {
    onChunk = action;
    return this;
  }

  /** The client says nothing until it goes away. */
  synchronized void neverSend() {
    scheduled = true;
  }

  /** The client goes away at once. */
  void breakNow() {
    synchronized (this) {
      ended = true;
    }
    exceptionHandler.handle(
        new BackpackException(ErrorCode.INCOMPLETE_BODY, "the client went away"));
  }

  synchronized int sent() {
    return sent;
  }

  @Override
  public SlowStream exceptionHandler(Handler<Throwable> newHandler) {
    exceptionHandler = newHandler;
    return this;
  }

  @Override
  public SlowStream handler(Handler<Buffer> newHandler) {
    handler = newHandler;
    return this;
  }

  @Override
  public SlowStream endHandler(Handler<Void> newHandler) {
    endHandler = newHandler;
    return this;
  }

  @Override
  public synchronized SlowStream pause() {
    demand = 0;
    return this;
  }

  @Override
  public SlowStream resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public synchronized SlowStream fetch(long amount) {
    demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
    schedule();
    return this;
  }

  private synchronized void schedule() {
    if (!scheduled && !ended && demand > 0) {
      scheduled = true;
      vertx.setTimer(1, id -> step());
    }
  }

  private void step() {
    boolean end = false;
    boolean broken = false;
    synchronized (this) {
      scheduled = false;
      if (demand == 0 || ended) {
        return;
      }
      broken = sent == breakAt;
      end = sent == chunks;
      ended = end || broken;
      if (!ended) {
        demand = demand == Long.MAX_VALUE ? demand : demand - 1;
        sent++;
      }
    }
    if (broken) {
      breakNow();
    } else if (end) {
      endHandler.handle(null);
    } else {
      onChunk.run();
      handler.handle(Buffer.buffer(new byte[chunkSize]));
    }
    schedule();
  }
}
