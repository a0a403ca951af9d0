package io.backpack.coordinator;

import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.function.LongSupplier;

/**
 * One node's view of an upload that several nodes read at the same time. Starts paused. What was
 * read and not yet taken waits here: at most the retained beginning, later one chunk, since the
 * source is asked for more only when every branch has taken all of it.
 */
final class BodyBranch implements ReadStream<Buffer> {
  private static final long IDLE = Long.MIN_VALUE;

  private final Lane lane;
  private final LongSupplier nanos;
  private final Runnable onDemand;
  private final Queue<Buffer> waiting = new ArrayDeque<>();
  private Handler<Buffer> handler;
  private Handler<Void> endHandler;
  private Handler<Throwable> exceptionHandler;
  private Throwable failure;
  private long demand;
  private boolean ended;
  private boolean endEmitted;
  private boolean emitting;
  private long blockedSince;
  private long blockedAtFailure;

  /**
   * @param onDemand called when the branch could take more than it was given
   */
  BodyBranch(Lane lane, LongSupplier nanos, Runnable onDemand) {
    this.lane = lane;
    this.nanos = nanos;
    this.onDemand = onDemand;
    this.blockedSince = nanos.getAsLong();
  }

  void push(Buffer chunk) {
    waiting.add(chunk);
    emit();
  }

  void end() {
    ended = true;
    emit();
  }

  /** Ends the branch with a failure, so that its node drops what it has. */
  void fail(Throwable why) {
    if (endEmitted || failure != null) {
      return;
    }
    blockedAtFailure = blockedNanos();
    failure = why;
    blockedSince = nanos.getAsLong();
    waiting.clear();
    if (exceptionHandler != null) {
      exceptionHandler.handle(why);
    }
  }

  /** Whether all there is was taken and more is asked for. */
  boolean hungry() {
    return waiting.isEmpty() && demand > 0 && handler != null;
  }

  /**
   * For how long the node has owed a sign of life: taking bytes, or answering after the last one.
   */
  long blockedNanos() {
    return blockedSince == IDLE ? 0 : nanos.getAsLong() - blockedSince;
  }

  /** The same, or what it was when the branch was ended with a failure. */
  long waitedNanos() {
    return failure == null ? blockedNanos() : blockedAtFailure;
  }

  private void emit() {
    if (emitting || failure != null) {
      return;
    }
    emitting = true;
    boolean progress = false;
    try {
      while (demand > 0 && handler != null && failure == null && !waiting.isEmpty()) {
        demand = demand == Long.MAX_VALUE ? demand : demand - 1;
        progress = true;
        handler.handle(waiting.poll());
      }
      if (ended && waiting.isEmpty() && !endEmitted && failure == null && endHandler != null) {
        endEmitted = true;
        progress = true;
        endHandler.handle(null);
      }
    } finally {
      emitting = false;
    }
    boolean blocked = endEmitted || !hungry();
    if (!blocked) {
      blockedSince = IDLE;
    } else if (progress || blockedSince == IDLE) {
      blockedSince = nanos.getAsLong();
    }
    if (hungry() && !ended) {
      onDemand.run();
    }
  }

  @Override
  public BodyBranch handler(Handler<Buffer> newHandler) {
    handler = newHandler;
    if (newHandler != null) {
      lane.run(this::emit);
    }
    return this;
  }

  @Override
  public BodyBranch endHandler(Handler<Void> newHandler) {
    endHandler = newHandler;
    if (newHandler != null && ended) {
      lane.run(this::emit);
    }
    return this;
  }

  @Override
  public BodyBranch exceptionHandler(Handler<Throwable> newHandler) {
    exceptionHandler = newHandler;
    if (newHandler != null && failure != null) {
      newHandler.handle(failure);
    }
    return this;
  }

  @Override
  public BodyBranch pause() {
    lane.run(() -> demand = 0);
    return this;
  }

  @Override
  public BodyBranch resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public BodyBranch fetch(long amount) {
    lane.run(
        () -> {
          demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
          emit();
        });
    return this;
  }
}
