package io.backpack.cli.volume;

import io.backpack.cli.CliException;
import io.backpack.cli.HelpOption;
import picocli.CommandLine.Command;

/** Looks at the volumes of a node, and works on them. */
@Command(
    name = "volume",
    description = "Looks at the volume files of a node, checks, compacts, exports, imports them.",
    subcommands = {
      ListCommand.class,
      DumpCommand.class,
      VerifyCommand.class,
      CompactCommand.class,
      RebuildIndexCommand.class,
      ExportCommand.class,
      ImportCommand.class
    })
public final class VolumeCommand extends HelpOption implements Runnable {
  @Override
  public void run() {
    throw new CliException(
        CliException.USAGE, "volume: say what to do; 'backpack volume --help' lists it");
  }
}
