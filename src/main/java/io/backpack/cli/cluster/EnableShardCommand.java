package io.backpack.cli.cluster;

import io.backpack.cluster.ClusterAdmin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code cluster enable-shard}. */
@Command(name = "enable-shard", description = "Lets a shard take new photos.")
final class EnableShardCommand extends AdminCommand {
  @Parameters(paramLabel = "ID", description = "Id of the shard.")
  private String id;

  @Override
  void run(ClusterAdmin admin) {
    print("shard " + id + (admin.enableShard(id) ? " takes" : " took already") + " new photos");
  }
}
