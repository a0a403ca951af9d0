package io.backpack.cli;

import io.backpack.node.config.Configuration;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;

/** Where a command reads its configuration from, besides the environment. */
public final class ConfigurationOptions {
  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      description =
          "YAML file; conf/backpack.yaml has every key. Without one, the environment must do.")
  private Path file;

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "Goes over the file and the environment; may be repeated.")
  private final List<String> overrides = new ArrayList<>();

  /** Whether a file was named. */
  public boolean given() {
    return file != null;
  }

  /** What was given with {@code --set}. */
  public List<String> overrides() {
    return List.copyOf(overrides);
  }

  /** The configuration, from file, environment and overrides. */
  public Configuration load() {
    return Configuration.load(Optional.ofNullable(file), System.getenv(), overrides);
  }
}
