package io.backpack.cli.volume;

import io.backpack.cli.CliException;
import io.backpack.cli.ConfigurationOptions;
import io.backpack.node.OfflineProcess;
import io.backpack.node.config.NodeConfiguration;
import io.backpack.storage.StorageSettings;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Whose volumes: directories, a node of a configuration, or one of a standalone process. */
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
      names = "--data",
      paramLabel = "DIR",
      description = {
        "The directory of a standalone process, instead of a configuration.",
        "With the same --set as that process, if it had any."
      })
  private Path data;

  @Option(names = "--node", paramLabel = "ID", description = "Which node, where there are several.")
  private String node;

  @Mixin private ConfigurationOptions configuration;
  private NodeConfiguration loaded;

  /** Whether something was named. */
  boolean given() {
    return !dirs.isEmpty() || data != null || configuration.given();
  }

  /** The directories of the node, for reading. */
  List<Path> dirs() {
    one();
    if (!dirs.isEmpty()) {
      return List.copyOf(dirs);
    }
    return data == null ? settings(loaded()).dirs() : List.of(standalone());
  }

  /**
   * Refuses what {@link #open} would refuse.
   *
   * @throws CliException when it is not said which node
   */
  void checkNode() {
    one();
    if (!dirs.isEmpty()) {
      throw usage("this needs --config FILE, or --data DIR of a standalone process, not --dir");
    }
    if (data == null) {
      settings(loaded());
    } else {
      standalone();
    }
  }

  /** Takes the directories of the node, which must not run. */
  OfflineProcess open(OfflineProcess.Purpose purpose) {
    checkNode();
    if (data == null) {
      return OfflineProcess.open(loaded(), settings(loaded()), purpose);
    }
    return OfflineProcess.ofStandalone(
        data, System.getenv(), configuration.overrides(), this::settings, purpose);
  }

  private void one() {
    int named = (dirs.isEmpty() ? 0 : 1) + (data == null ? 0 : 1) + (configuration.given() ? 1 : 0);
    if (named > 1) {
      throw usage("--dir, --data and --config exclude each other");
    }
  }

  private Path standalone() {
    Map<String, Path> nodes = OfflineProcess.standaloneDirectories(data);
    return nodes.get(pick(List.copyOf(nodes.keySet())));
  }

  private NodeConfiguration loaded() {
    if (loaded == null) {
      loaded = configuration.load().toNodeConfiguration();
    }
    return loaded;
  }

  private StorageSettings settings(NodeConfiguration of) {
    List<StorageSettings> nodes = of.storage();
    if (nodes.isEmpty()) {
      throw usage("the configuration has no storage node");
    }
    String chosen = pick(nodes.stream().map(StorageSettings::nodeId).toList());
    return nodes.stream().filter(each -> each.nodeId().equals(chosen)).findFirst().orElseThrow();
  }

  private String pick(List<String> nodes) {
    if (node == null && nodes.size() == 1) {
      return nodes.get(0);
    }
    if (node != null && nodes.contains(node)) {
      return node;
    }
    String known = String.join(", ", nodes);
    throw usage(
        node == null
            ? "say which node: --node with one of " + known
            : "there is no node " + node + ", there is " + known);
  }

  private static CliException usage(String why) {
    return new CliException(CliException.USAGE, why);
  }
}
