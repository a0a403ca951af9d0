package io.backpack.cli.cluster;

import io.backpack.cluster.ClusterAdmin;
import picocli.CommandLine.Command;
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

  @Override
  void run(ClusterAdmin admin) {
    admin.addServer(id, host, port);
    print("added server " + id + " at " + HostPort.format(host, port));
  }
}
