package io.backpack.cli;

import io.backpack.api.BackpackException;
import io.backpack.node.NodeProcess;
import io.backpack.node.config.NodeConfiguration;
import io.vertx.core.Future;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
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

  @Override
  public void run() {
    NodeConfiguration configuration = options.load().toNodeConfiguration();
    Serving.untilToldToEnd(() -> start(configuration));
  }

  private Serving.Service start(NodeConfiguration configuration) {
    // Without a limit: a recovery takes as long as it takes, and would begin again at each start.
    NodeProcess process = await(NodeProcess.start(configuration), Long.MAX_VALUE);
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
