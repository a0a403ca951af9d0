package io.backpack.cli;

import io.backpack.node.NodeProcess;
import io.backpack.node.Standalone;
import io.backpack.node.StandaloneSettings;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code standalone}. */
@Command(
    name = "standalone",
    description = {
      "Run everything in one process, with nothing else needed: storage nodes in one shard, a"
          + " coordinator, a replicator, and a ZooKeeper and a Redis for them.",
      "Listens on loopback unless told otherwise; beyond it a write token is made and printed."
    })
final class StandaloneCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = "--data",
      defaultValue = "data",
      paramLabel = "DIR",
      description = "Directory for all data, made when missing (default: ./data).")
  private Path data;

  @Option(
      names = "--host",
      defaultValue = "127.0.0.1",
      description = "Address to listen on; 0.0.0.0 for every one (default: ${DEFAULT-VALUE}).")
  private String host;

  @Option(
      names = "--port",
      defaultValue = "8080",
      description =
          "Port of the coordinator (default: ${DEFAULT-VALUE}); the nodes are on the ones after"
              + " it.")
  private int port;

  @Option(names = "--nodes", description = "Storage nodes (default: 2); fixed at the first start.")
  private Optional<Integer> nodes = Optional.empty();

  @Option(
      names = "--set",
      paramLabel = "KEY=VALUE",
      description = "A key of the configuration; may be repeated.")
  private List<String> overrides = new ArrayList<>();

  @Override
  public void run() {
    Serving.untilToldToEnd(
        () -> {
          Standalone standalone =
              Standalone.start(
                  new StandaloneSettings(data, host, port, nodes, overrides), System.getenv());
          announce(standalone, spec.commandLine().getOut());
          return new Serving.Service(standalone::close, standalone.lost().toCompletableFuture());
        });
  }

  private static void announce(Standalone standalone, PrintWriter out) {
    String row = "  %-14s %s%n";
    for (NodeProcess.Address address : standalone.addresses()) {
      out.printf(row, address.name(), address.url());
    }
    out.printf(row, "cluster map", standalone.clusterMap());
    out.printf(row, "data", standalone.data());
    standalone
        .writeToken()
        .ifPresent(
            token ->
                out.printf(
                    row, "write token", token + " (in " + standalone.writeTokenFile() + ")"));
    out.println("Backpack is ready: " + standalone.url());
    out.flush();
  }
}
