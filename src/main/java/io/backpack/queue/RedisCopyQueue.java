package io.backpack.queue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.queue.QueueStatus.ServerStatus;
import io.backpack.redis.RedisReplyException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The queue over several Redis servers that know nothing of each other: a task is on one of them,
 * whichever answered the push. It is as durable as that server's append-only file.
 *
 * <p>The servers may change at any time. Tasks on a server that is taken out of the configuration
 * stay there, untouched, until it is put back. Safe for use by any thread; never blocks.
 */
public final class RedisCopyQueue implements CopyQueue {
  private static final Logger LOG = LoggerFactory.getLogger(RedisCopyQueue.class);

  private static final Pattern LETTER = Pattern.compile("\\d{1,15}-\\d{1,15}@.+");

  private final Vertx vertx;
  private final QueueLimits limits;
  private final AtomicInteger turn = new AtomicInteger();
  private QueueServers configured = QueueServers.NONE;
  private boolean closed;

  /** By URI; replaced as a whole. */
  private volatile Map<String, QueueServer> servers = Map.of();

  private RedisCopyQueue(Vertx vertx, QueueLimits limits) {
    this.vertx = vertx;
    this.limits = limits;
  }

  /** A queue without a server; the first comes with {@link #configure}. */
  public static RedisCopyQueue create(Vertx vertx, QueueLimits limits) {
    return new RedisCopyQueue(vertx, limits);
  }

  /** Uses these servers from now on; connections to those that stay are kept. */
  public synchronized void configure(QueueServers wanted) {
    if (closed || wanted.equals(configured)) {
      return;
    }
    boolean sameKey = wanted.key().equals(configured.key());
    Map<String, QueueServer> next = new LinkedHashMap<>();
    for (String uri : wanted.uris()) {
      QueueServer kept = sameKey ? servers.get(uri) : null;
      next.put(uri, kept != null ? kept : new QueueServer(vertx, uri, wanted.key(), limits));
    }
    Map<String, QueueServer> old = servers;
    configured = wanted;
    servers = next;
    old.values().stream()
        .filter(server -> !next.containsValue(server))
        .forEach(RedisCopyQueue::close);
    LOG.info("the queue is on {}", next.values().stream().map(QueueServer::name).toList());
  }

  private static void close(QueueServer server) {
    server.close().onFailure(e -> LOG.debug("closing {}: {}", server.name(), e.getMessage()));
  }

  /** Ends all connections; what is under way fails. */
  public synchronized Future<Void> close() {
    closed = true;
    Map<String, QueueServer> old = servers;
    servers = Map.of();
    return Future.join(old.values().stream().map(QueueServer::close).toList()).mapEmpty();
  }

  /**
   * {@inheritDoc}
   *
   * <p>It also succeeds when the target has too many tasks waiting on the server that answered, or
   * no server has memory for more: the target is then marked as behind, as durably as a task would
   * be kept, and the task itself is dropped.
   */
  @Override
  public Future<Void> push(CopyTask task) {
    List<QueueServer> withoutMemory = new ArrayList<>();
    // Ends before the caller's own patience does: a server that hangs is given up after its
    // command timeout, and all of them together after the push timeout.
    return first(inTurn(), server -> push(server, task, withoutMemory))
        .recover(
            failure ->
                withoutMemory.isEmpty()
                    ? Future.failedFuture(failure)
                    : first(withoutMemory, server -> server.mark(task)))
        .timeout(limits.pushTimeout().toMillis(), TimeUnit.MILLISECONDS)
        .recover(failure -> Future.failedFuture(notTaken(failure)));
  }

  private static Future<Void> push(
      QueueServer server, CopyTask task, List<QueueServer> withoutMemory) {
    return server
        .push(task)
        .<Void>mapEmpty()
        .recover(
            failure -> {
              LOG.debug("{} did not take a task: {}", server.name(), failure.getMessage());
              if (failure instanceof RedisReplyException reply && reply.outOfMemory()) {
                withoutMemory.add(server);
              }
              return Future.failedFuture(failure);
            });
  }

  /** Asks one server after the other, until one says yes. */
  private static Future<Void> first(
      List<QueueServer> servers, Function<QueueServer, Future<Void>> question) {
    Future<Void> answer = Future.failedFuture("none is configured");
    for (QueueServer server : servers) {
      answer = answer.recover(failure -> question.apply(server));
    }
    return answer;
  }

  private static BackpackException notTaken(Throwable failure) {
    return new BackpackException(
        ErrorCode.UNAVAILABLE,
        failure instanceof TimeoutException
            ? "no queue server took the task in time"
            : "no queue server took the task, the last reason: " + failure.getMessage());
  }

  /** All servers, beginning with another one each time, those without a connection last. */
  private List<QueueServer> inTurn() {
    List<QueueServer> all = List.copyOf(servers.values());
    List<QueueServer> order = new ArrayList<>(all.size());
    int start = turn.getAndUpdate(last -> last + 1 & Integer.MAX_VALUE);
    for (int i = 0; i < all.size(); i++) {
      order.add(all.get((start + i) % all.size()));
    }
    order.sort((a, b) -> Boolean.compare(b.connected(), a.connected()));
    return order;
  }

  /** Takes tasks under this name, which must be unique among all replicators. */
  public CopyQueueConsumer consumer(String name, Duration lease) {
    return new CopyQueueConsumer(this, name, lease);
  }

  List<String> serverNames() {
    return servers.values().stream().map(QueueServer::name).toList();
  }

  Optional<QueueServer> server(String name) {
    return servers.values().stream().filter(server -> server.name().equals(name)).findFirst();
  }

  /** Every target that ever had a task, on the servers that answer. */
  public Future<List<String>> targets() {
    return fromAll(QueueServer::targets, (server, failure) -> List.<String>of())
        .map(
            lists -> {
              TreeSet<String> all = new TreeSet<>();
              lists.forEach(all::addAll);
              return List.copyOf(all);
            });
  }

  /** The state of every server; one that does not answer is shown as such. Never fails. */
  public Future<QueueStatus> status() {
    return fromAll(
            QueueServer::status,
            (server, failure) ->
                ServerStatus.unreachable(server.name(), String.valueOf(failure.getMessage())))
        .map(QueueStatus::new);
  }

  private <T> Future<List<T>> fromAll(
      Function<QueueServer, Future<T>> question, BiFunction<QueueServer, Throwable, T> otherwise) {
    List<Future<T>> answers = new ArrayList<>();
    for (QueueServer server : servers.values()) {
      answers.add(
          question
              .apply(server)
              .recover(failure -> Future.succeededFuture(otherwise.apply(server, failure))));
    }
    return Future.join(answers).map(all -> all.<T>list());
  }

  /**
   * Puts dead letters back in line.
   *
   * @param ids of {@link QueueStatus.DeadLetter}
   * @return how many there were; fails with {@link ErrorCode#UNAVAILABLE} when a server that is
   *     meant does not answer
   */
  public Future<Long> requeue(Collection<String> ids) {
    Future<Long> sum = Future.succeededFuture(0L);
    for (String id : ids) {
      int at = id.indexOf('@');
      String server = id.substring(at + 1);
      if (!LETTER.matcher(id).matches() || server(server).isEmpty()) {
        return Future.failedFuture(
            new BackpackException(ErrorCode.BAD_REQUEST, "no dead letter has the id '" + id + "'"));
      }
      sum =
          sum.compose(
              before ->
                  server(server)
                      .map(found -> found.requeue(id.substring(0, at)))
                      .orElse(Future.succeededFuture(0L))
                      .map(count -> before + count));
    }
    return sum;
  }

  /** Puts all dead letters back in line, on every server; fails when one does not answer. */
  public Future<Long> requeueAll() {
    List<Future<Long>> counts = new ArrayList<>();
    for (QueueServer server : servers.values()) {
      counts.add(server.requeueAll());
    }
    return Future.join(counts)
        .map(all -> all.<Long>list().stream().mapToLong(Long::longValue).sum());
  }

  /**
   * Takes a mark "is behind" off a target once it is known to have everything.
   *
   * @param mark as it stood before the comparison began that found the target complete
   * @return false when tasks have collapsed into the mark since; it then stays
   */
  public Future<Boolean> clear(BehindMark mark) {
    return server(mark.server())
        .map(found -> found.clear(mark))
        .orElseGet(() -> Future.succeededFuture(false));
  }
}
