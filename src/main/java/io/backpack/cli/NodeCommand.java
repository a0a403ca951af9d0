package io.backpack.cli;

import io.backpack.api.BackpackException;
import io.backpack.node.NodeProcess;
import io.backpack.node.config.NodeConfiguration;
import io.backpack.storage.StorageSettings;
import io.vertx.core.Future;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Collectors;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code node}. */
@Command(
    name = "node",
    description =
        "Run the roles that a configuration file names: storage nodes, a coordinator, a"
            + " replicator.")
final class NodeCommand implements Runnable {
  private static final long STOP_MINUTES = 2;

  @Spec private CommandSpec spec;
  @Mixin private ConfigurationOptions options;

  @Option(
      names = "--replace",
      paramLabel = "NODE",
      description =
          "Id of a storage node of this process whose disks were lost: its empty directories are"
              + " meant to be new, and its peers bring the photos. Once, at the first start with"
              + " them; may be repeated.")
  private final Set<String> replaced = new TreeSet<>();

  @Override
  public void run() {
    NodeConfiguration configuration = options.load().toNodeConfiguration();
    Set<String> here =
        configuration.storage().stream().map(StorageSettings::nodeId).collect(Collectors.toSet());
    for (String id : replaced) {
      if (!here.contains(id)) {
        throw new CliException(
            CliException.USAGE,
            "--replace " + id + ": this process runs storage nodes " + new TreeSet<>(here));
      }
    }
    Serving.untilToldToEnd(() -> start(configuration));
  }

  private Serving.Service start(NodeConfiguration configuration) {
    // Without a limit: a recovery takes as long as it takes, and would begin again at each start.
    NodeProcess process = await(NodeProcess.start(configuration, replaced), Long.MAX_VALUE);
    for (NodeProcess.Address address : process.addresses()) {
      spec.commandLine().getOut().printf("%s listens on %s%n", address.name(), address.url());
    }
    spec.commandLine().getOut().flush();
    return Serving.Service.of(() -> await(process.close(), STOP_MINUTES));
  }

  private static <T> T await(Future<T> future, long minutes) {
    try {
      return future.toCompletionStage().toCompletableFuture().get(minutes, TimeUnit.MINUTES);
    } catch (ExecutionException e) {
      if (!(e.getCause() instanceof BackpackException)) {
        LoggerFactory.getLogger(NodeCommand.class).error("the start failed", e.getCause());
      }
      throw BackpackException.of(e.getCause());
    } catch (TimeoutException e) {
      throw new CliException(CliException.FAILED, "no end after " + minutes + " minutes");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(CliException.FAILED, "interrupted");
    }
  }
}
