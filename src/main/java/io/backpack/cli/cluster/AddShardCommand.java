package io.backpack.cli.cluster;

import io.backpack.api.DataSize;
import io.backpack.cli.CliException;
import io.backpack.cluster.ClusterAdmin;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cluster add-shard}. */
@Command(
    name = "add-shard",
    description = "Adds a shard to the map, or several; they take no photos before enable-shard.")
final class AddShardCommand extends AdminCommand {
  private static final int DEFAULT_COPIES = 2;

  @Parameters(
      arity = "0..1",
      paramLabel = "ID",
      description = "Id of the shard: 1 to 32 letters, digits, '_' or '-'. Not with --auto.")
  private String id;

  @Option(
      names = "--nodes",
      split = ",",
      paramLabel = "ID",
      description = "Servers that hold the shard, on different machines, as 1,4,7.")
  private List<String> nodes;

  @Option(
      names = "--capacity",
      paramLabel = "SIZE",
      description =
          "Bytes of photos that each of its nodes may hold, as 100gb. With --auto: without it"
              + " nothing is added.")
  private String capacity;

  @Option(
      names = "--force",
      description =
          "Even if several of the nodes are on one machine, and are lost together, or have photos"
              + " already.")
  private boolean force;

  @Option(
      names = "--auto",
      description =
          "Makes shards of the servers that are in none, each across machines, and across zones"
              + " where that makes as many.")
  private boolean auto;

  @Option(
      names = "--copies",
      paramLabel = "N",
      description = "With --auto: nodes of each shard. Default: 2.")
  private Integer copies;

  @Option(
      names = "--count",
      paramLabel = "N",
      description = "With --auto: how many shards. Default: as many as there can be.")
  private Integer count;

  @Option(names = "--dry-run", description = "With --auto: shows the shards and adds none.")
  private boolean dryRun;

  @Override
  void run(ClusterAdmin admin) {
    if (auto) {
      addAll(admin);
    } else {
      addOne(admin);
    }
  }

  private void addOne(ClusterAdmin admin) {
    if (copies != null || count != null || dryRun) {
      throw usage("--copies, --count and --dry-run go with --auto");
    }
    if (id == null || nodes == null || capacity == null) {
      throw usage("add-shard needs ID, --nodes and --capacity, or --auto");
    }
    DataSize size = DataSize.parse(capacity);
    if (!force) {
      warn(EmptyNodes.demand(admin.map(), nodes, EmptyNodes.FORCE));
    }
    warn(admin.addShard(id, nodes, size, force));
    print(
        "added shard "
            + id
            + " on nodes "
            + String.join(", ", nodes)
            + " with "
            + size
            + ", read-only until: backpack cluster enable-shard "
            + id);
  }

  private void addAll(ClusterAdmin admin) {
    if (id != null || nodes != null || force) {
      throw usage("ID, --nodes and --force do not go with --auto");
    }
    Optional<DataSize> size =
        Optional.ofNullable(capacity).map(DataSize::parse).filter(parsed -> !dryRun);
    int each = copies == null ? DEFAULT_COPIES : copies;
    if (size.isPresent()) {
      Map<String, List<String>> proposed =
          admin.addShards(each, Optional.empty(), Optional.ofNullable(count));
      warn(
          EmptyNodes.demand(
              admin.map(),
              proposed.values().stream().flatMap(List::stream).toList(),
              "add the shard by ID with --force, or take the server out of the map"));
    }
    Map<String, List<String>> added = admin.addShards(each, size, Optional.ofNullable(count));
    added.forEach(
        (shard, on) ->
            print(
                (size.isPresent() ? "added" : "would add")
                    + " shard "
                    + shard
                    + " on nodes "
                    + String.join(", ", on)
                    + size.map(known -> " with " + known).orElse("")));
    print(
        size.isPresent()
            ? "they are read-only until each is enabled: backpack cluster enable-shard ID"
            : "nothing was added: that needs --capacity, and no --dry-run");
  }

  private static CliException usage(String message) {
    return new CliException(CliException.USAGE, message);
  }
}
