package io.backpack.cli.replicate;

import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.cli.CliException;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Server;
import io.backpack.http.HttpStoreFactory;
import io.backpack.http.HttpStoreSettings;
import io.backpack.queue.CopyTask;
import io.backpack.queue.RedisCopyQueue;
import io.vertx.core.Vertx;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code replicate push}. */
@Command(name = "push", description = "Queues the copy of a photo, or of its delete, to one node.")
final class PushCommand extends QueueCommand {
  @Parameters(
      paramLabel = "SHARD:NAME",
      description = "The photo, as 1:cat.jpg; or the path of its URL, as /1:my%%20cat.jpg.")
  private String photo;

  @Option(
      names = "--to",
      required = true,
      paramLabel = "NODE",
      description = "The node that is to have it.")
  private String to;

  @Option(
      names = "--from",
      paramLabel = "NODE",
      split = ",",
      description = "Nodes that have it. Default: the other nodes of the shard.")
  private List<String> from = List.of();

  @Override
  int run(Vertx vertx, ClusterMap map, RedisCopyQueue queue) {
    CopyTask task = await(new TaskFinder(map, nodes(vertx)).find(parse(photo), to, from));
    await(queue.push(task));
    print(
        (task.tombstone() ? "queued the delete of " : "queued ")
            + photo
            + " (version "
            + task.version()
            + ") from "
            + String.join(", ", task.from())
            + " to "
            + task.to());
    return 0;
  }

  private static Function<Server, PhotoStore> nodes(Vertx vertx) {
    HttpStoreFactory stores = HttpStoreFactory.of(vertx, HttpStoreSettings.DEFAULT);
    return server -> server.original() ? stores.original(server.url()) : stores.store(server.url());
  }

  static PhotoAddress parse(String text) {
    if (text.startsWith("/")) {
      return PhotoAddress.ofEncoded(text.substring(1));
    }
    int colon = text.indexOf(':');
    if (colon < 1) {
      throw new CliException(CliException.USAGE, "'" + text + "' is not SHARD:NAME");
    }
    return new PhotoAddress(text.substring(0, colon), PhotoName.of(text.substring(colon + 1)));
  }
}
