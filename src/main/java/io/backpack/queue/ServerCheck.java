package io.backpack.queue;

import io.backpack.redis.RedisLink;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether a Redis server keeps the tasks it is given. It is asked once for each connection, since
 * another connection may lead to another server, and now and then while it is refused.
 */
final class ServerCheck {
  /**
   * What was found.
   *
   * @param refusal why no task may be given to it; empty when one may
   * @param warning what its operator should know; empty when there is nothing
   */
  record Finding(String refusal, String warning) {}

  private static final Pattern MAXMEMORY = line("maxmemory");
  private static final Pattern POLICY = line("maxmemory_policy");
  private static final Pattern APPEND_ONLY = line("aof_enabled");
  private static final Pattern SYNC = Pattern.compile("appendfsync\\W+(\\w+)");
  private static final long AGAIN_NANOS = TimeUnit.SECONDS.toNanos(5);
  private static final Logger LOG = LoggerFactory.getLogger(ServerCheck.class);

  private final RedisLink link;
  private Future<Finding> last = Future.failedFuture("not asked yet");
  private long connection = -1;
  private long askedAt;
  private Finding logged = new Finding("", "");

  ServerCheck(RedisLink link) {
    this.link = link;
  }

  private static Pattern line(String field) {
    return Pattern.compile("(?m)^" + field + ":(\\w[\\w-]*)");
  }

  /** What was found on the connection that stands; fails when the server does not answer. */
  synchronized Future<Finding> finding() {
    long now = System.nanoTime();
    if (connection != link.generation()
        || last.failed()
        || last.succeeded() && !last.result().refusal().isEmpty() && now - askedAt > AGAIN_NANOS) {
      connection = link.generation();
      askedAt = now;
      last =
          link.batch(
                  List.of(
                      Request.cmd(Command.INFO).arg("memory"),
                      Request.cmd(Command.INFO).arg("persistence")))
              .compose(
                  answers ->
                      sync().map(sync -> judge(answers.get(0) + "\n" + answers.get(1), sync)));
    }
    return last;
  }

  /** When it syncs what it has taken; empty where nobody may ask. */
  private Future<String> sync() {
    return link.send(Request.cmd(Command.CONFIG).arg("GET").arg("appendfsync"))
        .map(answer -> find(SYNC, String.valueOf(answer)).orElse(""))
        .otherwise("");
  }

  private Finding judge(String info, String sync) {
    String policy = find(POLICY, info).orElse("noeviction");
    boolean evicts = !policy.equals("noeviction") && !find(MAXMEMORY, info).orElse("0").equals("0");
    Finding found =
        new Finding(
            evicts
                ? "it has maxmemory-policy "
                    + policy
                    + " and would throw tasks away: set noeviction"
                : "",
            lossy(find(APPEND_ONLY, info).orElse("1").equals("1"), sync));
    log(found);
    return found;
  }

  private static String lossy(boolean appendOnly, String sync) {
    if (!appendOnly) {
      return "it has appendonly no, its end loses the tasks: set appendonly yes and appendfsync"
          + " always";
    }
    return sync.isEmpty() || sync.equals("always")
        ? ""
        : "it has appendfsync "
            + sync
            + ", its end may lose the tasks of the last seconds: set appendfsync always";
  }

  private static Optional<String> find(Pattern field, String info) {
    Matcher matcher = field.matcher(info);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /** Only what is new. */
  private synchronized void log(Finding found) {
    if (!found.refusal().isEmpty() && !found.refusal().equals(logged.refusal())) {
      LOG.error("the queue server {} gets no tasks: {}", link.server(), found.refusal());
    }
    if (!found.warning().isEmpty() && !found.warning().equals(logged.warning())) {
      LOG.warn("the queue server {} may lose tasks: {}", link.server(), found.warning());
    }
    logged = found;
  }
}
