package io.backpack.cli.cluster;

import io.backpack.cli.CliException;
import io.backpack.cluster.ClusterAdmin;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cluster set-server}. */
@Command(
    name = "set-server",
    description = "Gives a storage node another address, or another store.")
final class SetServerCommand extends AdminCommand {
  @Parameters(index = "0", paramLabel = "ID", description = "Id of the node.")
  private String id;

  @Parameters(
      index = "1",
      arity = "0..1",
      paramLabel = "HOST",
      description = "Its new name or address.")
  private String host;

  @Parameters(index = "2", arity = "0..1", paramLabel = "PORT", description = "Its new HTTP port.")
  private Integer port;

  @Option(
      names = "--new-store",
      description =
          "Forgets which directories the node has, as when its disks were lost: the next node that"
              + " starts with this id takes its place, and its peers bring it the photos.")
  private boolean newStore;

  @Override
  void run(ClusterAdmin admin) {
    if ((host == null) != (port == null) || host == null && !newStore) {
      throw new CliException(
          CliException.USAGE, "set-server needs HOST and PORT, or --new-store, or all of them");
    }
    if (host != null) {
      admin.setServer(id, host, port);
      print("server " + id + " is at " + HostPort.format(host, port));
    }
    if (newStore) {
      print(
          admin.forgetStore(id)
              ? "forgot which store server " + id + " was"
              : "no store had claimed to be server " + id);
    }
  }
}
