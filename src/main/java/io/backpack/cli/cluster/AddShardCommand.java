package io.backpack.cli.cluster;

import io.backpack.api.DataSize;
import io.backpack.cluster.ClusterAdmin;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cluster add-shard}. */
@Command(
    name = "add-shard",
    description = "Adds a shard to the map; it takes no photos before enable-shard.")
final class AddShardCommand extends AdminCommand {
  @Parameters(
      paramLabel = "ID",
      description = "Id of the shard: 1 to 32 letters, digits, '_' or '-'.")
  private String id;

  @Option(
      names = "--nodes",
      required = true,
      split = ",",
      paramLabel = "ID",
      description = "Servers that hold the shard, best on different hosts, as 1,4,7.")
  private List<String> nodes;

  @Option(
      names = "--capacity",
      required = true,
      paramLabel = "SIZE",
      description = "Bytes of photos that each of its nodes may hold, as 100gb.")
  private String capacity;

  @Override
  void run(ClusterAdmin admin) {
    DataSize size = DataSize.parse(capacity);
    warn(admin.addShard(id, nodes, size));
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
}
