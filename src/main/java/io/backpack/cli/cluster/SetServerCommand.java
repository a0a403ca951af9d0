package io.backpack.cli.cluster;

import io.backpack.cli.CliException;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.Server;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cluster set-server}. */
@Command(
    name = "set-server",
    description = "Gives a storage node another address, place, kind or store.")
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
      names = "--zone",
      paramLabel = "ZONE",
      description = "What it is lost together with beyond its machine; '' for none.")
  private String zone;

  @Option(
      names = "--machine",
      paramLabel = "NAME",
      description = "Its machine, where that has several addresses; '' where HOST tells it.")
  private String machine;

  @Option(
      names = "--original",
      description = "It is a storage node of the original Backpack: see docs/cluster.md.")
  private boolean original;

  @Option(names = "--ours", description = "It is a node of this Backpack, after --original.")
  private boolean ours;

  @Option(
      names = "--new-store",
      description =
          "Forgets which directories the node has, as when its disks were lost: the next node that"
              + " starts with this id takes its place, and its peers bring it the photos.")
  private boolean newStore;

  @Override
  void run(ClusterAdmin admin) {
    boolean changes = host != null || zone != null || machine != null || original || ours;
    if ((host == null) != (port == null) || !changes && !newStore) {
      throw new CliException(
          CliException.USAGE,
          "set-server needs HOST and PORT, --zone, --machine, --original, --ours or --new-store,"
              + " or several of them");
    }
    if (original && ours) {
      throw new CliException(CliException.USAGE, "--original and --ours exclude each other");
    }
    if (host != null) {
      ClusterAdmin.checkAddress(host, port);
    }
    if (changes) {
      print(describe(admin.setServer(id, this::changed)));
    }
    if (newStore) {
      print(
          admin.forgetStore(id)
              ? "forgot which store server " + id + " was"
              : "no store had claimed to be server " + id);
    }
  }

  private Server changed(Server before) {
    return new Server(
        id,
        host == null ? before.host() : host,
        port == null ? before.port() : port,
        zone == null ? before.zone() : zone,
        machine == null ? before.machine() : machine,
        original || before.original() && !ours);
  }

  /** Where a server is, and what else is known of it. */
  static String describe(Server server) {
    return "server "
        + server.id()
        + " is at "
        + HostPort.format(server.host(), server.port())
        + (server.zone().isEmpty() ? "" : ", in zone " + server.zone())
        + (server.machine().isEmpty() ? "" : ", on machine " + server.machine())
        + (server.original() ? ", a node of the original" : "");
  }
}
