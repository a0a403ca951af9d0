package io.backpack.cli;

import io.backpack.node.config.Configuration;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code config check} and {@code config show}. */
@Command(
    name = "config",
    description = "Check or show the configuration of a node.",
    synopsisSubcommandLabel = "COMMAND",
    subcommands = {ConfigCommand.Check.class, ConfigCommand.Show.class})
final class ConfigCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing: check or show");
  }

  /** Says what is wrong, all of it. */
  @Command(name = "check", description = "Print ok, or everything that is wrong and end with 2.")
  static final class Check implements Runnable {
    @Spec private CommandSpec spec;
    @Mixin private ConfigurationOptions options;

    @Override
    public void run() {
      options.load().toNodeConfiguration();
      spec.commandLine().getOut().println("ok");
    }
  }

  /** Says what counts. */
  @Command(
      name = "show",
      description = "Print every key with its value and where it came from; secrets are masked.")
  static final class Show implements Runnable {
    @Spec private CommandSpec spec;
    @Mixin private ConfigurationOptions options;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Override
    public void run() {
      Configuration configuration = options.load();
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        out.println(json(configuration.shown()).encodePrettily());
      } else {
        table(configuration.shown(), out);
      }
      configuration.toNodeConfiguration();
    }

    private static JsonArray json(List<Configuration.Shown> shown) {
      JsonArray array = new JsonArray();
      for (Configuration.Shown each : shown) {
        array.add(
            new JsonObject()
                .put("key", each.key())
                .put("value", each.value())
                .put("source", each.source()));
      }
      return array;
    }

    private static void table(List<Configuration.Shown> shown, PrintWriter out) {
      int keys = shown.stream().mapToInt(each -> each.key().length()).max().orElse(0);
      int values = shown.stream().mapToInt(each -> each.value().length()).max().orElse(0);
      String row = "%-" + keys + "s  %-" + Math.max(1, Math.min(values, 40)) + "s  %s%n";
      for (Configuration.Shown each : shown) {
        out.printf(row, each.key(), each.value(), each.source());
      }
      out.flush();
    }
  }
}
