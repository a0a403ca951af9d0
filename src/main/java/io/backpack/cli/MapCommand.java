package io.backpack.cli;

import io.backpack.api.BackpackException;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.ClusterSettings;
import java.io.IOException;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What all commands share that begin at the cluster map: where it is, and how failures end. */
public abstract class MapCommand extends HelpOption implements Callable<Integer> {
  @Option(
      names = "--zookeeper",
      paramLabel = "HOSTS",
      defaultValue = "${env:BACKPACK_CLUSTER_ZOOKEEPER}",
      description =
          "ZooKeeper servers, as zk1:2181,zk2:2181,zk3:2181."
              + " Default: BACKPACK_CLUSTER_ZOOKEEPER of the environment.")
  private String zookeeper;

  @Option(
      names = "--root",
      paramLabel = "PATH",
      defaultValue = "${env:BACKPACK_CLUSTER_ROOT:-" + ClusterSettings.DEFAULT_ROOT + "}",
      description =
          "Path of the cluster map in ZooKeeper."
              + " Default: BACKPACK_CLUSTER_ROOT of the environment, else /backpack.")
  private String root;

  @Option(
      names = "--timeout",
      paramLabel = "SECONDS",
      defaultValue = "10",
      description = "How long to wait for each server. Default: ${DEFAULT-VALUE}.")
  private int timeout;

  @Spec private CommandSpec spec;

  @Override
  public final Integer call() {
    if (zookeeper == null || zookeeper.isBlank()) {
      throw new CliException(
          CliException.USAGE,
          "say where ZooKeeper is: --zookeeper HOSTS, or BACKPACK_CLUSTER_ZOOKEEPER in the"
              + " environment");
    }
    if (timeout < 1 || timeout > 3600) {
      throw new CliException(CliException.USAGE, "--timeout is from 1 to 3600 seconds");
    }
    try {
      return execute();
    } catch (BackpackException e) {
      throw new CliException(exitCode(e), e.getMessage());
    } catch (IOException e) {
      throw new CliException(CliException.FAILED, e.toString());
    }
  }

  private static int exitCode(BackpackException e) {
    return switch (e.code()) {
      case BAD_NAME, BAD_REQUEST -> CliException.USAGE;
      case NOT_FOUND, UNKNOWN_SHARD -> CliException.NOT_FOUND;
      default -> CliException.FAILED;
    };
  }

  /**
   * Does it, and prints with {@link #print}.
   *
   * @return the exit code
   */
  protected abstract int execute() throws IOException;

  /** A connection to the map; the caller closes it. */
  protected final ClusterAdmin connect() {
    return ClusterAdmin.connect(zookeeper, root, timeout());
  }

  /** How long to wait for each server. */
  protected final Duration timeout() {
    return Duration.ofSeconds(timeout);
  }

  /** A line, or several, on standard output. */
  protected final void print(String text) {
    spec.commandLine().getOut().println(text);
    spec.commandLine().getOut().flush();
  }

  /** Standard error. */
  protected final PrintWriter err() {
    return spec.commandLine().getErr();
  }

  /** Lines on standard error for what was done though it is unwise. */
  protected final void warn(List<String> warnings) {
    warnings.forEach(warning -> spec.commandLine().getErr().println("warning: " + warning));
    spec.commandLine().getErr().flush();
  }
}
