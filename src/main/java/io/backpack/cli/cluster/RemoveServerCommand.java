package io.backpack.cli.cluster;

import io.backpack.cluster.ClusterAdmin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code cluster remove-server}. */
@Command(
    name = "remove-server",
    description = "Removes a storage node that is in no shard from the map.")
final class RemoveServerCommand extends AdminCommand {
  @Parameters(paramLabel = "ID", description = "Id of the node.")
  private String id;

  @Override
  void run(ClusterAdmin admin) {
    admin.removeServer(id);
    print("removed server " + id);
  }
}
