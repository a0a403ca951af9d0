package io.backpack.cli.replicate;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoStore;
import io.backpack.api.Trace;
import io.backpack.api.Version;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.queue.CopyTask;
import io.vertx.core.AsyncResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Makes the task of copying a photo to a node, by asking the nodes that may have it which version
 * they have, or whether they know of its delete. The latest write wins.
 */
final class TaskFinder {
  private final ClusterMap map;
  private final Function<Server, PhotoStore> nodes;

  TaskFinder(ClusterMap map, Function<Server, PhotoStore> nodes) {
    this.map = map;
    this.nodes = nodes;
  }

  /**
   * Makes the task.
   *
   * @param from empty for all other nodes of the shard
   * @return fails with {@link ErrorCode#UNKNOWN_SHARD}, {@link ErrorCode#BAD_REQUEST} for nodes
   *     that do not fit, {@link ErrorCode#NOT_FOUND} when all say that there is no such photo,
   *     {@link ErrorCode#UNAVAILABLE} when not all could be asked and none has it
   */
  Future<CopyTask> find(PhotoAddress photo, String to, List<String> from) {
    Shard shard = map.shard(photo.shard()).orElse(null);
    if (shard == null) {
      return failed(ErrorCode.UNKNOWN_SHARD, "there is no shard " + photo.shard());
    }
    if (!shard.nodes().contains(to)) {
      return failed(
          ErrorCode.BAD_REQUEST,
          "node " + to + " is not in shard " + shard.id() + ", which has " + shard.nodes());
    }
    List<String> sources =
        from.isEmpty() ? shard.nodes().stream().filter(id -> !id.equals(to)).toList() : from;
    if (sources.isEmpty() || sources.contains(to)) {
      return failed(ErrorCode.BAD_REQUEST, "there must be another node to copy it from");
    }
    List<Future<Answer>> answers = new ArrayList<>();
    for (String id : sources) {
      Server server = map.server(id).orElse(null);
      if (server == null) {
        return failed(ErrorCode.BAD_REQUEST, "the cluster map has no node " + id);
      }
      answers.add(ask(server, photo));
    }
    return Future.join(answers).compose(all -> decide(photo, to, sources, all.list()));
  }

  /**
   * What one node said.
   *
   * @param version of the photo or its delete; {@link Version#NONE} when it has neither
   * @param problem why it could not tell; empty when it could
   */
  private record Answer(Version version, boolean tombstone, String problem) {}

  private Future<Answer> ask(Server server, PhotoAddress photo) {
    return nodes
        .apply(server)
        .stat(PhotoAddress.of(photo.name()), Trace.NONE)
        .map(info -> new Answer(info.version(), false, ""))
        .transform(
            asked ->
                Future.succeededFuture(
                    asked.succeeded() ? asked.result() : notFound(server, asked)));
  }

  private static Answer notFound(Server server, AsyncResult<Answer> asked) {
    BackpackException failure = BackpackException.of(asked.cause());
    return switch (failure.code()) {
      case DELETED -> new Answer(failure.version().orElse(Version.NONE), true, "");
      case NOT_FOUND -> new Answer(Version.NONE, false, "");
      default ->
          new Answer(Version.NONE, false, "node " + server.id() + ": " + failure.getMessage());
    };
  }

  private static Future<CopyTask> decide(
      PhotoAddress photo, String to, List<String> sources, List<Answer> answers) {
    Answer latest = new Answer(Version.NONE, false, "");
    String problem = "";
    for (Answer answer : answers) {
      boolean beats =
          answer.version().isAfter(latest.version())
              || answer.tombstone() && answer.version().equals(latest.version());
      latest = beats && !answer.version().equals(Version.NONE) ? answer : latest;
      problem = answer.problem().isEmpty() ? problem : answer.problem();
    }
    if (!latest.version().equals(Version.NONE)) {
      return Future.succeededFuture(
          new CopyTask(photo.name(), latest.version(), latest.tombstone(), sources, to));
    }
    return problem.isEmpty()
        ? failed(ErrorCode.NOT_FOUND, "none of the nodes " + sources + " has " + photo)
        : failed(ErrorCode.UNAVAILABLE, problem);
  }

  private static <T> Future<T> failed(ErrorCode code, String message) {
    return Future.failedFuture(new BackpackException(code, message));
  }
}
