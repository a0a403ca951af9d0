package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.Handler;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpVersion;
import io.vertx.core.streams.ReadStream;
import java.util.concurrent.TimeUnit;

/**
 * The body of a request as a store sees it. The first demand is what answers {@code Expect:
 * 100-continue}. It fails, once, with a {@link BackpackException}: a body that is too large, empty,
 * broken off, or slower than the minimum rate; only time in which the store wants bytes counts.
 *
 * <p>A store may call it on any thread; handlers are called on the context of the request.
 */
final class UploadStream implements ReadStream<Buffer> {
  private static final int CHECKS_PER_GRACE = 4;

  private final Exchange exchange;
  private final HttpServerRequest request;
  private final long length;
  private final long limit;
  private final long minRate;
  private final long graceNanos;
  private final boolean expected;

  private volatile Handler<Buffer> handler;
  private volatile Handler<Void> endHandler;
  private volatile Handler<Throwable> exceptionHandler;
  private long received;
  private boolean begun;
  private boolean complete;
  private boolean detached;
  private BackpackException failure;
  private boolean told;

  private boolean wanted;
  private long wantedSince;
  private long wantedNanos;
  private long windowStart;
  private long timer = -1;

  UploadStream(Exchange exchange, long length, long limit, HttpSettings settings) {
    this.exchange = exchange;
    this.request = exchange.request();
    this.length = length;
    this.limit = limit;
    this.minRate = settings.minUploadRate();
    this.graceNanos = settings.uploadGrace().toNanos();
    this.expected =
        request.headers().contains(HttpHeaders.EXPECT) && request.version() == HttpVersion.HTTP_1_1;
    request.handler(this::received);
    request.endHandler(end -> ended());
    request.exceptionHandler(this::broke);
  }

  long received() {
    return received;
  }

  /** Whether the whole body was received. */
  boolean complete() {
    return complete;
  }

  /** The answer is out: what the store still asks for is no longer done. */
  void detach() {
    detached = true;
    stopTimer();
  }

  private void received(Buffer chunk) {
    received += chunk.length();
    if (failure != null) {
      return;
    }
    if (received > limit) {
      fail(tooLarge(limit));
    } else if (handler != null) {
      handler.handle(chunk);
    }
  }

  static BackpackException tooLarge(long limit) {
    return new BackpackException(
        ErrorCode.TOO_LARGE, "a photo has at most " + limit + " bytes here");
  }

  private void ended() {
    complete = true;
    stopTimer();
    if (failure != null) {
      return;
    }
    if (received == 0) {
      fail(new BackpackException(ErrorCode.EMPTY_BODY, "a photo has at least one byte"));
    } else if (length >= 0 && received < length) {
      fail(incomplete());
    } else {
      tell();
    }
  }

  private void broke(Throwable cause) {
    if (!complete) {
      fail(incomplete());
    }
    exchange.requestBroke(cause);
  }

  private BackpackException incomplete() {
    return new BackpackException(
        ErrorCode.INCOMPLETE_BODY,
        "the body ended after " + received + (length < 0 ? " bytes" : " of " + length + " bytes"));
  }

  private void fail(BackpackException why) {
    if (failure != null) {
      return;
    }
    failure = why;
    stopTimer();
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
    } else if (failure == null && complete && endHandler != null) {
      told = true;
      endHandler.handle(null);
    }
  }

  @Override
  public ReadStream<Buffer> handler(Handler<Buffer> handler) {
    this.handler = handler;
    return this;
  }

  @Override
  public ReadStream<Buffer> endHandler(Handler<Void> endHandler) {
    this.endHandler = endHandler;
    exchange.run(this::tell);
    return this;
  }

  @Override
  public ReadStream<Buffer> exceptionHandler(Handler<Throwable> handler) {
    this.exceptionHandler = handler;
    exchange.run(this::tell);
    return this;
  }

  @Override
  public ReadStream<Buffer> pause() {
    exchange.run(
        () -> {
          if (!detached) {
            wanted(false);
            request.pause();
          }
        });
    return this;
  }

  @Override
  public ReadStream<Buffer> resume() {
    return fetch(Long.MAX_VALUE);
  }

  @Override
  public ReadStream<Buffer> fetch(long amount) {
    exchange.run(
        () -> {
          if (!detached) {
            begin();
            wanted(true);
            request.fetch(amount);
            watch();
          }
        });
    return this;
  }

  private void begin() {
    if (begun) {
      return;
    }
    begun = true;
    if (expected && received == 0 && !exchange.over()) {
      exchange.response().writeContinue().onFailure(ClientErrors::ignore);
    }
  }

  /** What is here already needs no watch. */
  private void watch() {
    if (minRate > 0 && timer < 0 && !complete && !detached && failure == null) {
      long period = Math.max(1, TimeUnit.NANOSECONDS.toMillis(graceNanos / CHECKS_PER_GRACE));
      timer = exchange.edge().vertx().setPeriodic(period, id -> exchange.run(this::checkRate));
    }
  }

  private void wanted(boolean now) {
    long time = System.nanoTime();
    if (wanted) {
      wantedNanos += time - wantedSince;
    }
    wanted = now;
    wantedSince = time;
  }

  private void checkRate() {
    wanted(wanted);
    if (wantedNanos < graceNanos || complete || failure != null) {
      return;
    }
    double seconds = wantedNanos / 1e9;
    if (received - windowStart < minRate * seconds) {
      BackpackException slow =
          new BackpackException(
              ErrorCode.TOO_SLOW,
              "the body arrived slower than " + minRate + " bytes a second; nothing was stored");
      fail(slow);
      exchange.fail(slow);
    } else {
      windowStart = received;
      wantedNanos = 0;
    }
  }

  private void stopTimer() {
    if (timer >= 0) {
      exchange.edge().vertx().cancelTimer(timer);
      timer = -1;
    }
  }
}
