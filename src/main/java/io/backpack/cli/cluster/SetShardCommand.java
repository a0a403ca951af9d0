package io.backpack.cli.cluster;

import io.backpack.api.DataSize;
import io.backpack.cli.CliException;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Shard;
import io.backpack.cluster.ShardChange;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cluster set-shard}. */
@Command(
    name = "set-shard",
    description = "Changes the capacity of a shard, its share of new photos, or its nodes.")
final class SetShardCommand extends AdminCommand {
  @Parameters(paramLabel = "ID", description = "Id of the shard.")
  private String id;

  @Option(
      names = "--capacity",
      paramLabel = "SIZE",
      description = "Bytes of photos that each of its nodes may hold, as 100gb.")
  private String capacity;

  @Option(
      names = "--max-share",
      paramLabel = "P",
      description =
          "The most it gets of the new photos while others can take the rest, as 0.3; 1 for no"
              + " bound beside coordinator.max-share.")
  private Double maxShare;

  @Option(
      names = "--nodes",
      split = ",",
      paramLabel = "ID",
      description =
          "All nodes that it has from now on. One may leave at a time, and new ones bring"
              + " themselves the photos; they must be empty, or have held this shard before.")
  private List<String> nodes;

  @Option(
      names = "--force",
      description =
          "Even if photos may be lost, several nodes are on one machine, or one that comes has"
              + " photos.")
  private boolean force;

  @Override
  void run(ClusterAdmin admin) {
    if (capacity == null && maxShare == null && nodes == null) {
      throw new CliException(
          CliException.USAGE, "set-shard needs --capacity, --max-share or --nodes");
    }
    ShardChange change =
        new ShardChange(
            Optional.ofNullable(capacity).map(DataSize::parse),
            Optional.ofNullable(maxShare),
            Optional.ofNullable(nodes));
    if (nodes != null && !force) {
      ClusterMap map = admin.map();
      List<String> before = map.shard(id).map(Shard::nodes).orElse(List.of());
      warn(
          EmptyNodes.demand(
              map,
              nodes.stream().filter(node -> !before.contains(node)).toList(),
              EmptyNodes.FORCE));
    }
    warn(admin.setShard(id, change, force));
    List<String> done = new ArrayList<>();
    change.capacity().ifPresent(size -> done.add("may hold " + size));
    change
        .maxShare()
        .ifPresent(
            share ->
                done.add(
                    share < 1
                        ? "gets at most " + share + " of the new photos"
                        : "has no bound of its own on its share"));
    change.nodes().ifPresent(now -> done.add("is on nodes " + String.join(", ", now)));
    print("shard " + id + " " + String.join(", ", done));
  }
}
