package io.backpack.cli;

import io.backpack.api.BackpackException;
import io.backpack.cli.client.GetCommand;
import io.backpack.cli.client.PutCommand;
import io.backpack.cli.client.RmCommand;
import io.backpack.cli.client.StatCommand;
import io.backpack.cli.cluster.ClusterCommand;
import io.backpack.cli.cluster.WhereCommand;
import io.backpack.cli.replicate.ReplicateCommand;
import io.backpack.cli.volume.VolumeCommand;
import io.backpack.node.config.ConfigurationException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Entry point. A command ends with 0 when it did what it was asked, and otherwise with one of the
 * codes of {@link CliException} and a line on standard error.
 */
@Command(
    name = "backpack",
    description = "Photo storage for sites with hundreds of millions of small pictures.",
    synopsisSubcommandLabel = "COMMAND",
    versionProvider = Main.ReleaseVersion.class,
    mixinStandardHelpOptions = true,
    footer = {
      "",
      "Exit codes: 0 done, 1 failed, 2 wrong usage or configuration, 3 not found, 4 partly done.",
      "Begin with: backpack standalone"
    })
public final class Main implements Runnable {
  /** Every command there is, in the order of the help. */
  private static final List<Class<?>> COMMANDS =
      List.of(
          StandaloneCommand.class,
          NodeCommand.class,
          ConfigCommand.class,
          ClusterCommand.class,
          ReplicateCommand.class,
          PutCommand.class,
          GetCommand.class,
          StatCommand.class,
          RmCommand.class,
          WhereCommand.class,
          VolumeCommand.class);

  /** Commands that serve until they are ended, and log as they do. */
  private static final List<String> SERVERS = List.of("standalone", "node");

  private static final String LOG_LEVEL = "backpack.log";

  @Spec private CommandSpec spec;

  /** The version that the build wrote into the jar. */
  static final class ReleaseVersion implements CommandLine.IVersionProvider {
    @Override
    public String[] getVersion() {
      String version = Main.class.getPackage().getImplementationVersion();
      return new String[] {"backpack " + Optional.ofNullable(version).orElse("(not packaged)")};
    }
  }

  public static void main(String[] args) {
    chooseLogLevel(args);
    PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
    PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
    System.exit(run(out, err, args));
  }

  /**
   * Runs a command to its end.
   *
   * @return the exit code
   */
  static int run(PrintWriter out, PrintWriter err, String... args) {
    return commandLine().setOut(out).setErr(err).execute(args);
  }

  /** The parser with every command. */
  static CommandLine commandLine() {
    CommandLine root = new CommandLine(new Main());
    COMMANDS.forEach(root::addSubcommand);
    addHelp(root);
    return root.setParameterExceptionHandler(Main::wrongUsage)
        .setExecutionExceptionHandler(Main::failed);
  }

  /** {@code --help} everywhere, also where a command forgot it. */
  private static void addHelp(CommandLine command) {
    for (CommandLine sub : command.getSubcommands().values()) {
      if (sub.getCommandSpec().findOption("--help") == null) {
        sub.getCommandSpec()
            .addOption(
                CommandLine.Model.OptionSpec.builder("-h", "--help")
                    .usageHelp(true)
                    .description("Show this help and end.")
                    .build());
      }
      addHelp(sub);
    }
  }

  /** Before the first logger is made: logback reads it once. */
  private static void chooseLogLevel(String[] args) {
    String chosen = System.getenv("BACKPACK_LOG");
    boolean server = Arrays.stream(args).anyMatch(SERVERS::contains);
    System.setProperty(LOG_LEVEL, chosen != null ? chosen : server ? "INFO" : "WARN");
  }

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }

  private static int wrongUsage(ParameterException failure, String[] args) {
    CommandLine command = failure.getCommandLine();
    String name = command.getCommandSpec().qualifiedName();
    String line = failure.getMessage().lines().findFirst().orElse("wrong usage").strip();
    command.getErr().println(name + ": " + line + " (see " + name + " --help)");
    return CliException.USAGE;
  }

  private static int failed(
      Exception failure, CommandLine command, CommandLine.ParseResult arguments) {
    PrintWriter err = command.getErr();
    if (System.getenv("BACKPACK_DEBUG") != null) {
      failure.printStackTrace(err);
    }
    if (failure instanceof ConfigurationException wrong) {
      wrong.problems().forEach(err::println);
      return CliException.USAGE;
    }
    err.println(prefix(command, messageOf(failure)) + messageOf(failure));
    return exitCodeOf(failure);
  }

  /** The command, unless its message begins with its name already. */
  private static String prefix(CommandLine command, String message) {
    return message.startsWith(command.getCommandName() + ": ")
        ? "backpack "
        : command.getCommandSpec().qualifiedName() + ": ";
  }

  private static String messageOf(Exception failure) {
    if (failure instanceof CliException || failure instanceof BackpackException) {
      return failure.getMessage();
    }
    String message = Optional.ofNullable(failure.getMessage()).orElse("failed");
    return failure.getClass().getSimpleName() + ": " + message.lines().findFirst().orElse("");
  }

  private static int exitCodeOf(Exception failure) {
    if (failure instanceof CliException answer) {
      return answer.exitCode();
    }
    if (failure instanceof BackpackException known) {
      return switch (known.code()) {
        case NOT_FOUND, DELETED, UNKNOWN_SHARD -> CliException.NOT_FOUND;
        case BAD_NAME, BAD_REQUEST -> CliException.USAGE;
        default -> CliException.FAILED;
      };
    }
    return CliException.FAILED;
  }
}
