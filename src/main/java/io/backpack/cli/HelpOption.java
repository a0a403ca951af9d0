package io.backpack.cli;

import picocli.CommandLine.Option;

/** {@code --help}. */
public abstract class HelpOption {
  // Read by picocli, which answers it before anything else.
  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Shows this help.")
  boolean help;
}
