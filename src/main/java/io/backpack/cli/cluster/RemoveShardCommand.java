package io.backpack.cli.cluster;

import io.backpack.cluster.ClusterAdmin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cluster remove-shard}. */
@Command(
    name = "remove-shard",
    description = "Removes an empty shard from the map. Its nodes keep what they have.")
final class RemoveShardCommand extends AdminCommand {
  @Parameters(paramLabel = "ID", description = "Id of the shard.")
  private String id;

  @Option(
      names = "--force",
      description = "Even if photos are stored in it, which then cannot be read any more.")
  private boolean force;

  @Override
  void run(ClusterAdmin admin) {
    admin.removeShard(id, force);
    print("removed shard " + id);
  }
}
