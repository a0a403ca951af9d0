package io.backpack.queue;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;

/**
 * The queue at one moment, server by server.
 *
 * @param servers in the order of the configuration
 */
public record QueueStatus(List<ServerStatus> servers) {
  /**
   * One server.
   *
   * @param server its address, without a password
   * @param error why it did not answer; empty when it did, and only then the rest says something
   * @param refusal why it is given no tasks although it answers; empty when it is given some
   * @param warning what its operator should know; empty when there is nothing
   * @param targets what waits, by target
   * @param dead letters it has
   * @param deadCut letters that went because there were too many, since ever
   * @param letters the newest ones, newest first
   */
  public record ServerStatus(
      String server,
      String error,
      String refusal,
      String warning,
      List<TargetStatus> targets,
      long dead,
      long deadCut,
      List<DeadLetter> letters) {
    public ServerStatus {
      targets = List.copyOf(targets);
      letters = List.copyOf(letters);
    }

    public boolean reachable() {
      return error.isEmpty();
    }

    /** Whether it answers and is given tasks. */
    public boolean takesTasks() {
      return reachable() && refusal.isEmpty();
    }

    static ServerStatus unreachable(String server, String error) {
      return new ServerStatus(server, error, "", "", List.of(), 0, 0, List.of());
    }
  }

  /**
   * What waits for one target on one server.
   *
   * @param waiting not taken by anybody
   * @param leased taken and not finished
   * @param retrying set aside after a failure
   * @param oldestMillis age of the oldest; -1 when there is none
   * @param behindSince when the first task collapsed into the mark "is behind", by the clock of the
   *     server, in ms since 1970; -1 without the mark
   * @param behindTasks how many did
   */
  public record TargetStatus(
      String target,
      long waiting,
      long leased,
      long retrying,
      long oldestMillis,
      long behindSince,
      long behindTasks) {
    /**
     * Whether tasks were dropped, so that only a comparison of the nodes can tell what it lacks.
     */
    public boolean behind() {
      return behindTasks > 0;
    }

    /** All tasks that are not done. */
    public long total() {
      return waiting + leased + retrying;
    }
  }

  /**
   * A task that was given up.
   *
   * @param id for {@link RedisCopyQueue#requeue}
   * @param time when, by the clock of the server
   * @param task as JSON, as it was queued
   */
  public record DeadLetter(
      String id, Instant time, String target, String task, int attempts, String reason) {}

  public QueueStatus {
    servers = List.copyOf(servers);
  }

  /** All tasks that are not done, on the servers that answered. */
  public long total() {
    return servers.stream()
        .flatMap(server -> server.targets().stream())
        .mapToLong(TargetStatus::total)
        .sum();
  }

  /** The marks "is behind" on the servers that answered. */
  public List<BehindMark> marks() {
    return servers.stream()
        .flatMap(
            server ->
                server.targets().stream()
                    .filter(TargetStatus::behind)
                    .map(
                        target ->
                            new BehindMark(
                                server.server(),
                                target.target(),
                                target.behindSince(),
                                target.behindTasks())))
        .toList();
  }

  /** All dead letters, on the servers that answered. */
  public long dead() {
    return servers.stream().mapToLong(ServerStatus::dead).sum();
  }

  /** For people's programs: what {@code replicate status --json} prints. */
  public JsonObject toJson() {
    JsonArray array = new JsonArray();
    servers.forEach(server -> array.add(json(server)));
    return new JsonObject().put("total", total()).put("dead", dead()).put("servers", array);
  }

  private static JsonObject json(ServerStatus server) {
    JsonObject json =
        new JsonObject().put("server", server.server()).put("reachable", server.reachable());
    if (!server.reachable()) {
      return json.put("error", server.error());
    }
    if (!server.refusal().isEmpty()) {
      json.put("refusal", server.refusal());
    }
    if (!server.warning().isEmpty()) {
      json.put("warning", server.warning());
    }
    JsonArray targets = new JsonArray();
    for (TargetStatus target : server.targets()) {
      JsonObject one =
          new JsonObject()
              .put("target", target.target())
              .put("waiting", target.waiting())
              .put("leased", target.leased())
              .put("retrying", target.retrying())
              .put("oldest_ms", target.oldestMillis());
      if (target.behind()) {
        one.put("behind_since", Instant.ofEpochMilli(target.behindSince()).toString())
            .put("behind_tasks", target.behindTasks());
      }
      targets.add(one);
    }
    JsonArray letters = new JsonArray();
    for (DeadLetter letter : server.letters()) {
      letters.add(
          new JsonObject()
              .put("id", letter.id())
              .put("time", letter.time().toString())
              .put("target", letter.target())
              .put("task", letter.task())
              .put("attempts", letter.attempts())
              .put("reason", letter.reason()));
    }
    return json.put("targets", targets)
        .put("dead", server.dead())
        .put("dead_cut", server.deadCut())
        .put("dead_letters", letters);
  }
}
