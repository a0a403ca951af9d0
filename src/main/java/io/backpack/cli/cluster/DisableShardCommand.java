package io.backpack.cli.cluster;

import io.backpack.cluster.ClusterAdmin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code cluster disable-shard}. */
@Command(
    name = "disable-shard",
    description = "Keeps a shard from taking new photos; reads, deletes and copies go on.")
final class DisableShardCommand extends AdminCommand {
  @Parameters(paramLabel = "ID", description = "Id of the shard.")
  private String id;

  @Override
  void run(ClusterAdmin admin) {
    print("shard " + id + (admin.disableShard(id) ? " is" : " was already") + " read-only");
  }
}
