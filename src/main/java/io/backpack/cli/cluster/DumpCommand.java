package io.backpack.cli.cluster;

import io.backpack.cluster.ClusterAdmin;
import picocli.CommandLine.Command;

/** {@code cluster dump}. */
@Command(
    name = "dump",
    description = "Prints the whole cluster map as it is in ZooKeeper, as one JSON object.")
final class DumpCommand extends AdminCommand {
  @Override
  void run(ClusterAdmin admin) {
    print(admin.dump().encodePrettily());
  }
}
