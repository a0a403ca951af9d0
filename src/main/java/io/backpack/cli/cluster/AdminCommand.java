package io.backpack.cli.cluster;

import io.backpack.cli.MapCommand;
import io.backpack.cluster.ClusterAdmin;
import java.io.IOException;

/**
 * What all commands on the cluster map itself share: a connection to it for as long as they run.
 */
abstract class AdminCommand extends MapCommand {
  @Override
  protected final int execute() throws IOException {
    try (ClusterAdmin admin = connect()) {
      run(admin);
      return 0;
    }
  }

  /** Does it, and prints with {@link #print}. */
  abstract void run(ClusterAdmin admin) throws IOException;
}
