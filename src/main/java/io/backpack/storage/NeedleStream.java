package io.backpack.storage;

import io.backpack.api.ByteRange;
import io.netty.buffer.Unpooled;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import io.vertx.core.streams.ReadStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The bytes of a large photo, read and verified piece by piece as the reader asks for them. While
 * one piece is sent the next is read; no more are in memory. Everything happens on one context.
 */
final class NeedleStream implements ReadStream<Buffer> {
  /** Reads bytes of a photo that have been verified. Blocks. */
  @FunctionalInterface
  interface Blocks {
    ByteBuffer read(long offset, int length) throws IOException;
  }

  /** The same for those who do not wait. */
  @FunctionalInterface
  interface Pieces {
    Future<ByteBuffer> read(long offset, int length);
  }

  static final int PIECE = 256 << 10;

  private final Context context;
  private final Pieces pieces;
  private final long end;
  private long next;
  private long demand;
  private boolean reading;
  private Future<ByteBuffer> ahead; // of the piece at next; null when its read was not begun
  private boolean ended;
  private Handler<Buffer> handler;
  private Handler<Void> endHandler;
  private Handler<Throwable> exceptionHandler;

  NeedleStream(Context context, Pieces pieces, ByteRange range) {
    this.context = context;
    this.pieces = pieces;
    this.next = range.offset();
    this.end = range.end();
  }

  private void advance() {
    if (reading || ended || handler == null) {
      return;
    }
    if (next == end) {
      ended = true;
      if (endHandler != null) {
        endHandler.handle(null);
      }
      return;
    }
    if (demand == 0) {
      return;
    }
    reading = true;
    Future<ByteBuffer> piece = ahead == null ? readNext() : ahead;
    ahead = null;
    piece.onComplete(done -> context.runOnContext(v -> deliver(done.result(), done.cause())));
  }

  private Future<ByteBuffer> readNext() {
    return pieces.read(next, (int) Math.min(PIECE - next % PIECE, end - next));
  }

  private void deliver(ByteBuffer piece, Throwable failure) {
    reading = false;
    if (ended) {
      return;
    }
    if (failure != null) {
      ended = true;
      if (exceptionHandler != null) {
        exceptionHandler.handle(failure);
      }
      return;
    }
    next += piece.remaining();
    if (next < end) {
      ahead = readNext();
    }
    if (demand != Long.MAX_VALUE) {
      demand--;
    }
    if (handler != null) {
      handler.handle(BufferInternal.buffer(Unpooled.wrappedBuffer(piece)));
    }
    advance();
  }

  @Override
  public ReadStream<Buffer> handler(Handler<Buffer> newHandler) {
    handler = newHandler;
    context.runOnContext(v -> advance());
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(Handler<Void> newHandler) {
    endHandler = newHandler;
    return this;
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(Handler<Throwable> newHandler) {
    exceptionHandler = newHandler;
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    demand = 0;
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    demand = demand + amount < 0 ? Long.MAX_VALUE : demand + amount;
    context.runOnContext(v -> advance());
    return this;
  }
}
