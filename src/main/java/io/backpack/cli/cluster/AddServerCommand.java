package io.backpack.cli.cluster;

import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.Server;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cluster add-server}. */
@Command(name = "add-server", description = "Adds a storage node to the map.")
final class AddServerCommand extends AdminCommand {
  @Parameters(
      index = "0",
      paramLabel = "ID",
      description = "Id of the node: 1 to 32 letters, digits, '_' or '-'.")
  private String id;

  @Parameters(
      index = "1",
      paramLabel = "HOST",
      description = "Name or address where coordinators, replicators and nginx reach it.")
  private String host;

  @Parameters(index = "2", paramLabel = "PORT", description = "Its HTTP port.")
  private int port;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      defaultValue = "",
      description = "What it is lost together with beyond its machine, as a rack or a room.")
  private String zone;

  @Option(
      names = "--machine",
      paramLabel = "NAME",
      defaultValue = "",
      description = "Its machine, where that has several addresses. Default: HOST tells it.")
  private String machine;

  @Option(
      names = "--original",
      description = "It is a storage node of the original Backpack: see docs/cluster.md.")
  private boolean original;

  @Override
  void run(ClusterAdmin admin) {
    admin.addServer(id, host, port, known -> new Server(id, host, port, zone, machine, original));
    print("added server " + id + " at " + HostPort.format(host, port));
  }
}
