package io.backpack.redis;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import io.vertx.core.Handler;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.internal.ContextInternal;
import io.vertx.core.internal.VertxInternal;
import io.vertx.core.net.NetClientOptions;
import io.vertx.redis.client.PoolOptions;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.RedisConnection;
import io.vertx.redis.client.RedisOptions;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import io.vertx.redis.client.ResponseType;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One pipelined connection to a Redis server, held open and made anew when it breaks.
 *
 * <p>Commands go out in the order in which one thread sends them, and only on the connection that
 * stands at that moment: nothing waits for a connection and nothing is sent twice. A command that
 * gets no answer within its time takes the connection with it, because the answers that follow
 * could no longer be told apart; everything under way then fails with {@link ErrorCode#UNAVAILABLE}
 * and its outcome is unknown.
 *
 * <p>All methods may be called on any thread and none blocks. Futures complete, and handlers are
 * called, on the event loop of the link, where they must not linger.
 */
public final class RedisLink {
  private static final Logger LOG = LoggerFactory.getLogger(RedisLink.class);

  private static final long FIRST_BACKOFF_MILLIS = 50;
  private static final long MAX_BACKOFF_MILLIS = 2000;
  private static final long MIN_TICK_MILLIS = 5;
  private static final long MAX_TICK_MILLIS = 250;

  /** What the client fails commands with whose connection closed before the answer. */
  private static final String CONNECTION_CLOSED = "CONNECTION_CLOSED";

  private final Vertx vertx;
  private final RedisLinkSettings settings;
  private final String server;
  private final ContextInternal context;
  private final AtomicInteger inFlight = new AtomicInteger();
  private final List<Handler<RedisLink>> connectHandlers = new CopyOnWriteArrayList<>();
  private final List<Handler<RedisLink>> disconnectHandlers = new CopyOnWriteArrayList<>();
  private final Promise<Void> firstAttempt = Promise.promise();
  private volatile boolean connected;
  private volatile boolean closed;
  private volatile long generation;

  // What follows is touched on the link's context only.
  private final Backoff backoff = new Backoff(FIRST_BACKOFF_MILLIS, MAX_BACKOFF_MILLIS);
  private final ArrayDeque<Call<?>> calls = new ArrayDeque<>();
  private Redis client;
  private RedisConnection connection;
  private long ticker = -1;
  private boolean outageLogged;

  /** A command, or several, on the way. */
  private static final class Call<T> {
    final Promise<T> promise = Promise.promise();
    final int commands;
    final long deadline;
    boolean done;

    Call(int commands, Duration timeout) {
      this.commands = commands;
      this.deadline = System.nanoTime() + timeout.toNanos();
    }
  }

  private RedisLink(Vertx vertx, RedisLinkSettings settings) {
    this.vertx = vertx;
    this.settings = settings;
    this.server = settings.shownUri();
    this.context = ((VertxInternal) vertx).createEventLoopContext();
  }

  /** A link that has begun to connect and goes on trying until it is closed. */
  public static RedisLink create(Vertx vertx, RedisLinkSettings settings) {
    RedisLink link = new RedisLink(vertx, settings);
    link.context.runOnContext(v -> link.connect());
    return link;
  }

  /**
   * Sends a command and waits for its answer as long as the settings say.
   *
   * <p>Fails with {@link ErrorCode#UNAVAILABLE} at once when there is no connection, and later when
   * the answer does not come, the outcome then being unknown; with {@link ErrorCode#OVERLOADED}
   * when too many commands are under way; with {@link RedisReplyException} when the server refuses.
   */
  public Future<Response> send(Request request) {
    return send(request, settings.commandTimeout());
  }

  /** The same with a time of its own to wait, for commands that block. */
  public Future<Response> send(Request request, Duration timeout) {
    return submit(1, timeout, standing -> standing.send(request));
  }

  /**
   * Sends commands next to each other in one write; the answers are in the same order. One error
   * among them fails the whole, though the others may have been carried out.
   */
  public Future<List<Response>> batch(List<Request> requests) {
    List<Request> copy = List.copyOf(requests);
    if (copy.isEmpty()) {
      return Future.succeededFuture(List.of());
    }
    return submit(copy.size(), settings.commandTimeout(), standing -> standing.batch(copy));
  }

  /** Calls the handler after each connect, and soon when a connection stands already. */
  public RedisLink onConnected(Handler<RedisLink> handler) {
    context.runOnContext(
        v -> {
          connectHandlers.add(handler);
          if (connected) {
            handler.handle(this);
          }
        });
    return this;
  }

  /** Calls the handler after each loss of a connection that stood. */
  public RedisLink onDisconnected(Handler<RedisLink> handler) {
    disconnectHandlers.add(handler);
    return this;
  }

  /** Runs a task on the event loop of the link, at once when called there. */
  public void run(Runnable task) {
    context.emit(v -> task.run());
  }

  /** Whether a connection stands, as far as known. */
  public boolean connected() {
    return connected;
  }

  /** The number of connects so far. */
  public long generation() {
    return generation;
  }

  /** The server's address without its password. */
  public String server() {
    return server;
  }

  /** Completes when the first try to connect has ended, well or not. */
  public Future<Void> firstAttempt() {
    return firstAttempt.future();
  }

  /** Drops the connection if one stands, as after a timeout; it is then made anew. */
  public void reconnect() {
    context.runOnContext(v -> disconnected("dropped by this node"));
  }

  /** Ends the link; what is under way fails with {@link ErrorCode#UNAVAILABLE}. */
  public Future<Void> close() {
    closed = true;
    Promise<Void> done = Promise.promise();
    context.runOnContext(
        v -> {
          Redis last = client;
          disconnected("closed by this node");
          firstAttempt.tryComplete();
          if (last == null) {
            done.complete();
          } else {
            last.close().onComplete(ended -> done.complete());
          }
        });
    return done.future();
  }

  private <T> Future<T> submit(
      int commands, Duration timeout, Function<RedisConnection, Future<T>> sending) {
    if (!connected) {
      return Future.failedFuture(away());
    }
    if (inFlight.addAndGet(commands) > settings.maxInFlight()) {
      inFlight.addAndGet(-commands);
      return Future.failedFuture(
          new BackpackException(
              ErrorCode.OVERLOADED,
              "more than " + settings.maxInFlight() + " commands to Redis are under way"));
    }
    Call<T> call = new Call<>(commands, timeout);
    context.emit(
        v -> {
          if (connection == null) {
            fail(call, away());
            return;
          }
          calls.add(call);
          sending.apply(connection).onComplete(answer -> answered(call, answer));
        });
    return call.promise.future();
  }

  private <T> void answered(Call<T> call, AsyncResult<T> answer) {
    if (answer.succeeded()) {
      finish(call);
      call.promise.tryComplete(answer.result());
    } else if (answer.cause() instanceof Response reply
        && reply.type() == ResponseType.ERROR
        && !answer.cause().getMessage().contains(CONNECTION_CLOSED)) {
      fail(call, new RedisReplyException(answer.cause().getMessage()));
    } else {
      fail(call, lost(text(answer.cause())));
    }
    while (!calls.isEmpty() && calls.peek().done) {
      calls.poll();
    }
  }

  private void fail(Call<?> call, RuntimeException failure) {
    finish(call);
    call.promise.tryFail(failure);
  }

  private void finish(Call<?> call) {
    if (!call.done) {
      call.done = true;
      inFlight.addAndGet(-call.commands);
    }
  }

  private void connect() {
    if (closed) {
      return;
    }
    Redis attempt = Redis.createClient(vertx, options());
    client = attempt;
    attempt
        .connect()
        .timeout(settings.commandTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .onComplete(
            result ->
                context.emit(
                    v -> {
                      if (client != attempt) {
                        return;
                      }
                      if (result.succeeded()) {
                        connected(attempt, result.result());
                      } else {
                        failed(attempt, result.cause());
                      }
                    }));
  }

  private RedisOptions options() {
    int connectMillis = (int) Math.min(Integer.MAX_VALUE, settings.commandTimeout().toMillis());
    NetClientOptions net =
        new NetClientOptions().setConnectTimeout(Math.max(1, connectMillis)).setTcpNoDelay(true);
    RedisOptions options = new RedisOptions();
    options.setConnectionString(settings.uri());
    options.setNetClientOptions(net);
    options.setMaxWaitingHandlers(settings.maxInFlight() + 1);
    PoolOptions pool = options.getPoolOptions();
    // The one connection is held: nothing may be recycled under our feet.
    pool.setMaxSize(1).setMaxWaiting(1).setCleanerInterval(-1);
    return options;
  }

  private void connected(Redis attempt, RedisConnection fresh) {
    connection = fresh;
    fresh.endHandler(v -> ended(attempt, "closed by the server"));
    fresh.exceptionHandler(failure -> ended(attempt, text(failure)));
    backoff.reset();
    if (outageLogged) {
      LOG.info("Redis at {} is back", server);
      outageLogged = false;
    }
    long period = settings.commandTimeout().toMillis() / 8;
    period = Math.max(MIN_TICK_MILLIS, Math.min(MAX_TICK_MILLIS, period));
    ticker = vertx.setPeriodic(period, id -> checkDeadlines());
    long connects = generation + 1;
    generation = connects;
    connected = true;
    firstAttempt.tryComplete();
    connectHandlers.forEach(handler -> handler.handle(this));
  }

  private void failed(Redis attempt, Throwable cause) {
    client = null;
    attempt.close().onFailure(e -> LOG.debug("closing a failed connection: {}", e.getMessage()));
    if (!outageLogged) {
      outageLogged = true;
      LOG.warn("Redis at {} is away: {}; trying again", server, text(cause));
    }
    firstAttempt.tryComplete();
    retry();
  }

  private void retry() {
    if (!closed) {
      vertx.setTimer(backoff.next(), id -> context.emit(v -> connect()));
    }
  }

  private void checkDeadlines() {
    long now = System.nanoTime();
    for (Call<?> call : calls) {
      if (!call.done && now - call.deadline > 0) {
        disconnected("no answer in time");
        return;
      }
    }
  }

  private void ended(Redis attempt, String reason) {
    context.emit(
        v -> {
          if (client == attempt) {
            disconnected(reason);
          }
        });
  }

  private void disconnected(String reason) {
    boolean stood = connected;
    Redis old = client;
    connected = false;
    connection = null;
    client = null;
    if (ticker >= 0) {
      vertx.cancelTimer(ticker);
      ticker = -1;
    }
    if (stood) {
      if (!closed) {
        outageLogged = true;
        LOG.warn("the connection to Redis at {} is lost: {}", server, reason);
      }
      disconnectHandlers.forEach(handler -> handler.handle(this));
    }
    List<Call<?>> lost = List.copyOf(calls);
    calls.clear();
    lost.forEach(call -> fail(call, lost(reason)));
    if (old != null) {
      old.close().onFailure(e -> LOG.debug("closing a lost connection: {}", e.getMessage()));
      retry();
    }
  }

  private static String text(Throwable failure) {
    return failure.getMessage() == null ? failure.getClass().getSimpleName() : failure.getMessage();
  }

  private BackpackException away() {
    return new BackpackException(ErrorCode.UNAVAILABLE, "Redis at " + server + " is away");
  }

  private BackpackException lost(String reason) {
    return new BackpackException(
        ErrorCode.UNAVAILABLE,
        "Redis at " + server + ": " + reason + "; whether it did what was asked is unknown");
  }
}
