package io.backpack.cli.cluster;

import io.backpack.cluster.ClusterAdmin;
import picocli.CommandLine.Command;

/** {@code cluster init}. */
@Command(name = "init", description = "Makes an empty cluster map.")
final class InitCommand extends AdminCommand {
  @Override
  void run(ClusterAdmin admin) {
    admin.init();
    print("made an empty cluster map at " + admin.where());
  }
}
