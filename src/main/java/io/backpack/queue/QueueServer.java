package io.backpack.queue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.queue.QueueStatus.DeadLetter;
import io.backpack.queue.QueueStatus.ServerStatus;
import io.backpack.queue.QueueStatus.TargetStatus;
import io.backpack.redis.RedisLink;
import io.backpack.redis.RedisLinkSettings;
import io.backpack.redis.RedisScript;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One Redis server of the queue: its keys, and the scripts over them. */
final class QueueServer {
  private static final Logger LOG = LoggerFactory.getLogger(QueueServer.class);
  private static final int MAX_IN_FLIGHT = 10_000;
  private static final int LETTERS_LISTED = 100;
  private static final int REQUEUE_STEP = 200;
  private static final int MAX_REASON = 500;

  /** The one consumer group of every stream. */
  static final String GROUP = "replicators";

  private final RedisLink link;
  private final ServerCheck check;
  private final String key;
  private final QueueLimits limits;

  QueueServer(Vertx vertx, String uri, String key, QueueLimits limits) {
    this.link =
        RedisLink.create(vertx, new RedisLinkSettings(uri, limits.commandTimeout(), MAX_IN_FLIGHT));
    this.check = new ServerCheck(link);
    this.key = key;
    this.limits = limits;
    // Said when it is connected, not when the first task comes.
    link.onConnected(
        connected ->
            finding().onFailure(e -> LOG.debug("{} is not checked: {}", name(), e.getMessage())));
  }

  /** The address, without a password. */
  String name() {
    return link.server().replaceFirst("^redis://", "");
  }

  boolean connected() {
    return link.connected();
  }

  /** Ends the connection, not in the middle of its making, which the client reports as a fault. */
  Future<Void> close() {
    return link.firstAttempt().compose(tried -> link.close());
  }

  private String tasks(String target) {
    return key + ":{" + target + "}:tasks";
  }

  private String later(String target) {
    return key + ":{" + target + "}:later";
  }

  private String behind(String target) {
    return key + ":{" + target + "}:behind";
  }

  private String targetsKey() {
    return key + ":targets";
  }

  private String dead() {
    return key + ":dead";
  }

  private String deadCut() {
    return key + ":dead:cut";
  }

  /** Right after the start of the link it waits for the connection instead of failing. */
  private Future<Response> call(RedisScript script, UnaryOperator<Request> arguments) {
    return link.firstAttempt().compose(tried -> script.call(link, arguments));
  }

  private Future<Response> send(Request request) {
    return link.firstAttempt().compose(tried -> link.send(request));
  }

  private Future<ServerCheck.Finding> finding() {
    return link.firstAttempt().compose(tried -> check.finding());
  }

  /**
   * Whether the task is queued; false when it collapsed into the mark "is behind". Fails when the
   * server would not keep it.
   */
  Future<Boolean> push(CopyTask task) {
    return finding()
        .compose(
            found ->
                found.refusal().isEmpty()
                    ? pushNow(task)
                    : Future.failedFuture(
                        new BackpackException(
                            ErrorCode.UNAVAILABLE, name() + ": " + found.refusal())));
  }

  private Future<Boolean> pushNow(CopyTask task) {
    return push(task, limits.tasksPerTarget());
  }

  /**
   * Counts a task in the mark "is behind", whatever the target has here. A server that has no
   * memory for tasks has it for this.
   */
  Future<Void> mark(CopyTask task) {
    return push(task, 0).mapEmpty();
  }

  private Future<Boolean> push(CopyTask task, long cap) {
    String text = TaskCodec.encode(task);
    return call(
            Scripts.PUSH,
            request ->
                request
                    .arg(4)
                    .arg(tasks(task.to()))
                    .arg(later(task.to()))
                    .arg(behind(task.to()))
                    .arg(targetsKey())
                    .arg(task.to())
                    .arg(text)
                    .arg(cap)
                    .arg(limits.bytesPerTarget()))
        .map(answer -> answer.toInteger() == 1);
  }

  Future<List<String>> targets() {
    return send(Request.cmd(Command.SMEMBERS).arg(targetsKey()))
        .map(
            answer -> {
              List<String> targets = new ArrayList<>();
              answer.forEach(target -> targets.add(target.toString()));
              return targets;
            });
  }

  /** Tasks for a target; what is no task is made a dead letter on the way. */
  Future<List<LeasedTask>> take(String target, String consumer, long leaseMillis, int most) {
    return call(
            Scripts.TAKE,
            request ->
                request
                    .arg(2)
                    .arg(tasks(target))
                    .arg(later(target))
                    .arg(GROUP)
                    .arg(consumer)
                    .arg(leaseMillis)
                    .arg(most))
        .map(answer -> taken(target, consumer, answer));
  }

  private List<LeasedTask> taken(String target, String consumer, Response answer) {
    long now = answer.get(0).toLong();
    List<LeasedTask> taken = new ArrayList<>();
    for (int i = 1; i < answer.size(); i++) {
      Response entry = answer.get(i);
      String id = entry.get(0).toString();
      int again = Math.max(0, entry.get(1).toInteger() - 1);
      Map<String, String> fields = fields(entry.get(2));
      String text = fields.getOrDefault("task", "");
      try {
        String first = fields.getOrDefault("first", id);
        CopyTask task = TaskCodec.decode(text);
        if (!task.to().equals(target)) {
          throw new IllegalArgumentException("it is for node " + task.to());
        }
        // A lease that ran out counts as an attempt: a task that ends its replicator is given up.
        taken.add(
            new LeasedTask(
                task,
                Integer.parseInt(fields.getOrDefault("attempts", "0")) + again,
                Integer.parseInt(fields.getOrDefault("tries", "0")) + again,
                Math.max(0, now - Long.parseLong(first.substring(0, first.indexOf('-')))),
                new LeasedTask.Origin(this, id, first)));
      } catch (BackpackException | IllegalArgumentException | IndexOutOfBoundsException e) {
        bury(target, consumer, id, text, 0, String.valueOf(e.getMessage()))
            .onFailure(failure -> LOG.warn("an entry of {} stays: {}", target, failure.toString()));
      }
    }
    return taken;
  }

  private static Map<String, String> fields(Response flat) {
    Map<String, String> fields = new HashMap<>();
    for (int i = 0; i + 1 < flat.size(); i += 2) {
      fields.put(flat.get(i).toString(), flat.get(i + 1).toString());
    }
    return fields;
  }

  Future<Void> done(LeasedTask leased) {
    return call(
            Scripts.DONE,
            request ->
                request.arg(1).arg(tasks(leased.task().to())).arg(GROUP).arg(leased.origin().id))
        .mapEmpty();
  }

  Future<Boolean> renew(LeasedTask leased, String consumer) {
    return call(
            Scripts.RENEW,
            request ->
                request
                    .arg(1)
                    .arg(tasks(leased.task().to()))
                    .arg(GROUP)
                    .arg(consumer)
                    .arg(leased.origin().id))
        .map(answer -> answer.toInteger() == 1);
  }

  /** Sets a task aside with the counters it is to have then. */
  Future<Void> later(
      LeasedTask leased, String consumer, int attempts, int tries, long delayMillis) {
    String target = leased.task().to();
    String member =
        leased.origin().first
            + " "
            + attempts
            + " "
            + tries
            + " "
            + TaskCodec.encode(leased.task());
    return call(
            Scripts.RETRY,
            request ->
                request
                    .arg(3)
                    .arg(tasks(target))
                    .arg(later(target))
                    .arg(targetsKey())
                    .arg(GROUP)
                    .arg(consumer)
                    .arg(leased.origin().id)
                    .arg(delayMillis)
                    .arg(member)
                    .arg(target))
        .mapEmpty();
  }

  Future<Void> bury(
      String target, String consumer, String id, String task, int attempts, String reason) {
    String why = reason.substring(0, Math.min(MAX_REASON, reason.length()));
    return call(
            Scripts.BURY,
            request ->
                request
                    .arg(3)
                    .arg(tasks(target))
                    .arg(dead())
                    .arg(deadCut())
                    .arg(GROUP)
                    .arg(consumer)
                    .arg(id)
                    .arg(limits.deadLetters())
                    .arg(target)
                    .arg(task)
                    .arg(attempts)
                    .arg(why))
        .mapEmpty();
  }

  /** Requeues one dead letter; how many it found, 0 or 1. */
  Future<Long> requeue(String id) {
    return requeue(id, id).map(answer -> answer.get(0).toLong());
  }

  /** Requeues all dead letters that there are now. */
  Future<Long> requeueAll() {
    return send(Request.cmd(Command.XREVRANGE).arg(dead()).arg("+").arg("-").arg("COUNT").arg(1))
        .compose(
            newest ->
                newest.size() == 0
                    ? Future.succeededFuture(0L)
                    : requeueUpTo("-", newest.get(0).get(0).toString(), 0));
  }

  private Future<Long> requeueUpTo(String first, String last, long before) {
    return requeue(first, last)
        .compose(
            answer -> {
              long count = before + answer.get(0).toLong();
              String seen = answer.get(1).toString();
              return seen.isEmpty() || seen.equals(last)
                  ? Future.succeededFuture(count)
                  : requeueUpTo("(" + seen, last, count);
            });
  }

  private Future<Response> requeue(String first, String last) {
    return call(
        Scripts.REQUEUE,
        request ->
            request
                .arg(2)
                .arg(dead())
                .arg(targetsKey())
                .arg(key)
                .arg(first)
                .arg(last)
                .arg(REQUEUE_STEP));
  }

  Future<Boolean> clear(BehindMark mark) {
    return call(
            Scripts.CLEAR,
            request ->
                request.arg(1).arg(behind(mark.target())).arg(mark.since()).arg(mark.tasks()))
        .map(answer -> answer.toInteger() == 1);
  }

  Future<ServerStatus> status() {
    return finding().compose(this::status);
  }

  private Future<ServerStatus> status(ServerCheck.Finding found) {
    return call(
            Scripts.STATUS,
            request ->
                request
                    .arg(3)
                    .arg(targetsKey())
                    .arg(dead())
                    .arg(deadCut())
                    .arg(key)
                    .arg(GROUP)
                    .arg(LETTERS_LISTED))
        .map(answer -> status(answer, found));
  }

  private ServerStatus status(Response answer, ServerCheck.Finding found) {
    List<TargetStatus> targets = new ArrayList<>();
    for (Response target : answer.get(1)) {
      long inStream = target.get(1).toLong();
      long leased = target.get(2).toLong();
      targets.add(
          new TargetStatus(
              target.get(0).toString(),
              Math.max(0, inStream - leased),
              leased,
              target.get(3).toLong(),
              target.get(4).toLong(),
              number(target.get(5), -1),
              number(target.get(6), 0)));
    }
    targets.sort((a, b) -> a.target().compareTo(b.target()));
    List<DeadLetter> letters = new ArrayList<>();
    for (Response letter : answer.get(4)) {
      String id = letter.get(0).toString();
      Map<String, String> fields = fields(letter.get(1));
      letters.add(
          new DeadLetter(
              id + "@" + name(),
              Instant.ofEpochMilli(Long.parseLong(id.substring(0, id.indexOf('-')))),
              fields.getOrDefault("target", ""),
              fields.getOrDefault("task", new JsonObject().encode()),
              Integer.parseInt(fields.getOrDefault("attempts", "0")),
              fields.getOrDefault("reason", "")));
    }
    return new ServerStatus(
        name(),
        "",
        found.refusal(),
        found.warning(),
        targets,
        answer.get(2).toLong(),
        answer.get(3).toLong(),
        letters);
  }

  private static long number(Response text, long none) {
    return text.toString().isEmpty() ? none : text.toLong();
  }
}
