package io.backpack.cli.replicate;

import io.backpack.cli.CliException;
import io.backpack.cli.HelpOption;
import picocli.CommandLine.Command;

/** Shows and fills the queue of missing copies, and has nodes repair themselves. */
@Command(
    name = "replicate",
    description =
        "Shows the queue of missing copies, puts work into it, and has nodes repair themselves.",
    subcommands = {
      StatusCommand.class,
      PushCommand.class,
      RepairCommand.class,
      RequeueCommand.class
    })
public final class ReplicateCommand extends HelpOption implements Runnable {
  @Override
  public void run() {
    throw new CliException(
        CliException.USAGE, "replicate: say what to do; 'backpack replicate --help' lists it");
  }
}
