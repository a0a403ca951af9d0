package io.backpack.cli.volume;

import io.backpack.cli.CliException;
import io.backpack.cli.ConfigurationOptions;
import io.backpack.node.config.NodeConfiguration;
import io.backpack.storage.StorageSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whose volumes: directories, or a node of a configuration. */
final class StoreOptions {
  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = {
        "A directory of the node; repeated for each that it has.",
        "Instead of a configuration, for commands that only read."
      })
  private final List<Path> dirs = new ArrayList<>();

  @Option(
      names = "--node",
      paramLabel = "ID",
      description = "Which node, where the configuration has several.")
  private String node;

  @Mixin private ConfigurationOptions configuration;
  private NodeConfiguration loaded;

  /** The directories, from the command line or the configuration. */
  List<Path> dirs() {
    return dirs.isEmpty() ? settings().dirs() : List.copyOf(dirs);
  }

  /** The whole configuration. */
  NodeConfiguration configuration() {
    if (!dirs.isEmpty()) {
      throw usage("this needs the node's configuration: --config FILE instead of --dir");
    }
    if (loaded == null) {
      loaded = configuration.load().toNodeConfiguration();
    }
    return loaded;
  }

  /** The node's settings, which commands need that write. */
  StorageSettings settings() {
    List<StorageSettings> nodes = configuration().storage();
    List<StorageSettings> chosen =
        nodes.stream().filter(each -> node == null || each.nodeId().equals(node)).toList();
    if (chosen.size() == 1) {
      return chosen.get(0);
    }
    String known = nodes.stream().map(StorageSettings::nodeId).collect(Collectors.joining(", "));
    if (nodes.isEmpty()) {
      throw usage("the configuration has no storage node");
    }
    throw usage(
        chosen.isEmpty()
            ? "the configuration has no node " + node + ", it has " + known
            : "say which node: --node with one of " + known);
  }

  private static CliException usage(String why) {
    return new CliException(CliException.USAGE, why);
  }
}
