package io.backpack.cli.replicate;

import io.backpack.cli.CliException;
import io.backpack.cli.HelpOption;
import picocli.CommandLine.Command;

/** Shows and fills the queue of missing copies. */
@Command(
    name = "replicate",
    description = "Shows the queue of missing copies, and puts work into it.",
    subcommands = {StatusCommand.class, PushCommand.class, RequeueCommand.class})
public final class ReplicateCommand extends HelpOption implements Runnable {
  @Override
  public void run() {
    throw new CliException(
        CliException.USAGE, "replicate: say what to do; 'backpack replicate --help' lists it");
  }
}
