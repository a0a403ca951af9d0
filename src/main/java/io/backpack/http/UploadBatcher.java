package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClient;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.RequestOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;

/**
 * The small uploads of one event loop to one server. What comes while others are under way shares a
 * request with what came beside it; what comes alone leaves at once, alone. So one client waits for
 * nobody, and many cost little more than one.
 *
 * <p>A server that has hung keeps a bounded number of uploads waiting here, for a bounded time; all
 * others are told at once that it is {@link ErrorCode#OVERLOADED}. Only its event loop touches it.
 */
final class UploadBatcher {
  /** Larger photos gain nothing by company, and keep it waiting. */
  static final int LARGEST = 128 << 10;

  /** Requests without a first answer; while there are so many, uploads gather. */
  private static final int UNANSWERED = 2;

  /** Requests that are not answered to their end, some of whose uploads take long. */
  static final int OPEN = 16;

  private static final int CHECKS_PER_WAIT = 8;

  /** For how long a server that knows no such requests is sent single ones. */
  private static final long SINGLES_NANOS = TimeUnit.SECONDS.toNanos(60);

  /** One upload. */
  record Pending(
      PhotoName name, PutOptions options, Buffer photo, Promise<StoredPhoto> promise, long since) {}

  private final Vertx vertx;
  private final Context context;
  private final HttpClient pool;
  private final HttpStoreSettings settings;
  private final RequestOptions target;
  private final String server;
  private final Function<Pending, Future<StoredPhoto>> single;
  private final ArrayDeque<Pending> waiting = new ArrayDeque<>();
  private int unanswered;
  private int open;
  private boolean scheduled;
  private long expiry = -1;
  private long singlesUntil;
  private boolean singles;

  /**
   * @param context of the event loop
   * @param pool used by this event loop only, so that no answer changes threads
   * @param single sends an upload in a request of its own
   */
  UploadBatcher(
      Vertx vertx,
      Context context,
      HttpClient pool,
      HttpStoreSettings settings,
      RequestOptions target,
      String server,
      Function<Pending, Future<StoredPhoto>> single) {
    this.vertx = vertx;
    this.context = context;
    this.pool = pool;
    this.settings = settings;
    this.target = target;
    this.server = server;
    this.single = single;
  }

  /** Whether it takes an upload; else it is to be sent singly. */
  boolean takes(PutOptions options, Buffer photo) {
    if (singles && System.nanoTime() - singlesUntil > 0) {
      singles = false;
    }
    return !singles && UploadFrames.fits(options, photo, LARGEST);
  }

  Future<StoredPhoto> put(PhotoName name, PutOptions options, Buffer photo) {
    if (waiting.size() > settings.maxWaiting()) {
      return Future.failedFuture(
          new BackpackException(
              ErrorCode.OVERLOADED, "too many uploads wait for a connection to " + server));
    }
    Pending pending = new Pending(name, options, photo, Promise.promise(), System.nanoTime());
    waiting.add(pending);
    if (!scheduled) {
      // Not at once: what this turn of the event loop still brings goes along.
      scheduled = true;
      context.runOnContext(
          go -> {
            scheduled = false;
            pump();
          });
    }
    return pending.promise.future();
  }

  private void pump() {
    while (!waiting.isEmpty() && unanswered < UNANSWERED && open < OPEN) {
      send(next());
    }
    if (!waiting.isEmpty() && expiry < 0) {
      long period = Math.max(1, settings.connectionWait().toMillis() / CHECKS_PER_WAIT);
      expiry = vertx.setTimer(period, id -> expire());
    }
  }

  private List<Pending> next() {
    List<Pending> batch = new ArrayList<>();
    long bytes = 0;
    while (!waiting.isEmpty() && batch.size() < UploadFrames.MAX_UPLOADS) {
      Pending head = waiting.peek();
      long framed = head.photo.length() + (long) UploadFrames.overhead(head.name, head.options);
      if (!batch.isEmpty() && bytes + framed > UploadFrames.MAX_BYTES) {
        break;
      }
      bytes += framed;
      batch.add(waiting.poll());
    }
    return batch;
  }

  private void expire() {
    expiry = -1;
    long patience = settings.connectionWait().toNanos();
    long now = System.nanoTime();
    while (!waiting.isEmpty() && now - waiting.peek().since > patience) {
      waiting
          .poll()
          .promise
          .fail(
              new BackpackException(
                  ErrorCode.OVERLOADED, "no connection to " + server + " became free in time"));
    }
    pump();
  }

  private void send(List<Pending> batch) {
    unanswered++;
    open++;
    BatchExchange exchange = new BatchExchange(vertx, server, batch, settings, this::answered);
    RequestOptions options =
        new RequestOptions(target)
            .setMethod(HttpMethod.POST)
            .setConnectTimeout(settings.connectionWait().toMillis());
    connect(options)
        .transform(
            connected ->
                connected.succeeded()
                    ? exchange.send(connected.result())
                    : Future.failedFuture(ClientErrors.ofPool(server, connected.cause())))
        .onComplete(
            ended -> {
              exchange.end(ended.cause());
              open--;
              if (ended.succeeded() && ended.result() != BatchExchange.Result.ANSWERED) {
                sendSingly(batch, ended.result());
              }
              pump();
            });
  }

  /** A pool that was closed throws, and who has waited until then is to be told. */
  private Future<HttpClientRequest> connect(RequestOptions options) {
    try {
      return pool.request(options);
    } catch (IllegalStateException closed) {
      return Future.failedFuture(closed);
    }
  }

  /** The first answer of a request has come, or its end. */
  private void answered() {
    unanswered--;
    pump();
  }

  private void sendSingly(List<Pending> batch, BatchExchange.Result result) {
    if (result == BatchExchange.Result.UNKNOWN) {
      singles = true;
      singlesUntil = System.nanoTime() + SINGLES_NANOS;
    }
    for (Pending each : batch) {
      single.apply(each).onComplete(each.promise);
    }
  }
}
