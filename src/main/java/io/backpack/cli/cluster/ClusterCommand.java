package io.backpack.cli.cluster;

import io.backpack.cli.CliException;
import io.backpack.cli.HelpOption;
import picocli.CommandLine.Command;

/** Shows and changes the cluster map. */
@Command(
    name = "cluster",
    description = "Shows and changes the cluster map in ZooKeeper.",
    subcommands = {
      InitCommand.class,
      AddServerCommand.class,
      SetServerCommand.class,
      RemoveServerCommand.class,
      AddShardCommand.class,
      RemoveShardCommand.class,
      SetShardCommand.class,
      EnableShardCommand.class,
      DisableShardCommand.class,
      SetQueueCommand.class,
      DumpCommand.class,
      StatusCommand.class,
      NginxCommand.class
    })
public final class ClusterCommand extends HelpOption implements Runnable {
  @Override
  public void run() {
    throw new CliException(
        CliException.USAGE, "cluster: say what to do; 'backpack cluster --help' lists it");
  }
}
