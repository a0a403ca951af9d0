package io.backpack.cli.replicate;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import io.backpack.cli.CliException;
import io.backpack.cli.MapCommand;
import io.backpack.cli.RepairText;
import io.backpack.cli.client.Progress;
import io.backpack.cli.client.Servers;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code replicate repair}. */
@Command(
    name = "repair",
    description = {
      "Has nodes compare themselves with the other nodes of their shard and copy what they lack,",
      "and waits until they are complete. They do so by themselves as well; this does it at once.",
      "Exit code 4 when some are not complete or cannot be asked, 3 for an unknown shard or node."
    })
final class RepairCommand extends MapCommand {
  @Option(
      names = "--shard",
      paramLabel = "SHARD",
      description = "The nodes of this shard. Default: of all shards.")
  private String shard;

  @Option(names = "--node", paramLabel = "NODE", description = "This node only.")
  private String node;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "File with the admin token of the nodes; else BACKPACK_TOKEN is the token.")
  private Path tokenFile;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Spec private CommandSpec spec;

  @Override
  protected int execute() {
    RepairClient client =
        new RepairClient(timeout(), Servers.token(tokenFile, System.getenv("BACKPACK_TOKEN")));
    PrintWriter err = spec.commandLine().getErr();
    List<NodeRound> rounds = new ArrayList<>();
    for (Server server : chosen(map())) {
      rounds.add(NodeRound.begin(client, server));
    }
    try (RepairLines lines = new RepairLines(err, Progress.onTerminal())) {
      lines.follow(rounds);
    }
    if (json) {
      JsonArray nodes = new JsonArray();
      rounds.forEach(each -> nodes.add(each.toJson()));
      print(new JsonObject().put("nodes", nodes).encodePrettily());
    } else {
      print(rounds.isEmpty() ? "no node is in a shard" : table(rounds));
    }
    return rounds.stream().allMatch(NodeRound::complete) ? 0 : CliException.PARTLY;
  }

  private ClusterMap map() {
    try (ClusterAdmin admin = connect()) {
      return admin.map();
    }
  }

  private List<Server> chosen(ClusterMap map) {
    Set<String> ids = new TreeSet<>();
    if (shard != null) {
      Shard found =
          map.shard(shard)
              .orElseThrow(
                  () -> new CliException(CliException.NOT_FOUND, "there is no shard " + shard));
      ids.addAll(found.nodes());
    } else {
      map.shards().values().forEach(each -> ids.addAll(each.nodes()));
    }
    if (node != null) {
      if (map.server(node).isEmpty()) {
        throw new CliException(CliException.NOT_FOUND, "there is no node " + node);
      }
      if (!ids.contains(node)) {
        throw new CliException(
            CliException.NOT_FOUND,
            "node " + node + " is in " + (shard == null ? "no shard" : "another shard"));
      }
      ids.retainAll(Set.of(node));
    }
    return ids.stream().flatMap(id -> map.server(id).stream()).toList();
  }

  private static String table(List<NodeRound> rounds) {
    List<Column> columns = new ArrayList<>();
    for (String header : List.of("NODE", "STATE", "COPIED", "BYTES", "FAILED", "REASON")) {
      columns.add(new Column().header(header));
    }
    return AsciiTable.getTable(
        AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS_NO_OUTSIDE_BORDER,
        columns.toArray(new Column[0]),
        rounds.stream()
            .map(
                each ->
                    new Object[] {
                      each.id(),
                      each.complete() ? "complete" : RepairText.of(each.status()),
                      each.sum("copied"),
                      each.sum("bytes"),
                      each.sum("failed"),
                      each.reason()
                    })
            .toArray(Object[][]::new));
  }
}
