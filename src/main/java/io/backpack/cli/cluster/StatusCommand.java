package io.backpack.cli.cluster;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import io.backpack.api.DataSize;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.cluster.ShardSize;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cluster status}. */
@Command(
    name = "status",
    description = "Shows the shards, how full they are, and which of their nodes answer.")
final class StatusCommand extends AdminCommand {
  private static final List<Column> COLUMNS =
      List.of(
          left("SHARD"),
          left("STATE"),
          left("NODES"),
          right("USED"),
          right("CAPACITY"),
          right("%"));

  /** As coordinators warn by default. */
  private static final int SOON_FULL_PERCENT = 90;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  void run(ClusterAdmin admin) {
    ClusterMap map = admin.map();
    Map<String, String> states = NodeProbe.probe(map.servers().values());
    warn(warnings(map, states));
    if (json) {
      print(asJson(admin, map, states).encodePrettily());
      return;
    }
    QueueSettings queue = map.queue();
    print(admin.where());
    print(
        queue.servers().isEmpty()
            ? "no queue servers"
            : "queue: key '"
                + queue.key()
                + "' on "
                + queue.servers().stream()
                    .map(server -> HostPort.format(server.host(), server.port()))
                    .collect(Collectors.joining(", ")));
    print(
        map.shards().isEmpty()
            ? "no shards"
            : AsciiTable.getTable(
                AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS_NO_OUTSIDE_BORDER,
                COLUMNS.toArray(new Column[0]),
                map.shards().values().stream()
                    .map(shard -> row(map, shard, states))
                    .toArray(Object[][]::new)));
    for (String id : spares(map)) {
      print("server " + id + " is in no shard: " + node(map, id, states));
    }
  }

  private static List<String> warnings(ClusterMap map, Map<String, String> states) {
    List<String> warnings = new ArrayList<>();
    for (Shard shard : map.shards().values()) {
      ShardSize size = map.size(shard.id());
      if (!shard.readOnly() && size.capacity() > 0 && percent(size) >= SOON_FULL_PERCENT) {
        warnings.add(
            String.format(
                Locale.ROOT,
                "%.1f %% of shard %s are used: give it more capacity, or add a shard",
                percent(size),
                shard.id()));
      }
    }
    states.forEach(
        (id, state) -> {
          if (state.equals(NodeProbe.UNMARKED)) {
            warnings.add(
                "server "
                    + id
                    + " is of the original Backpack, and not used before: backpack cluster"
                    + " set-server "
                    + id
                    + " --original");
          }
        });
    return warnings;
  }

  private static Object[] row(ClusterMap map, Shard shard, Map<String, String> states) {
    ShardSize size = map.size(shard.id());
    String nodes =
        shard.nodes().stream()
            .map(node -> node + " " + node(map, node, states))
            .collect(Collectors.joining(", "));
    return new Object[] {
      shard.id(),
      state(map, shard),
      nodes,
      new DataSize(size.current()).forPeople(),
      new DataSize(Math.max(0, size.capacity())).forPeople(),
      String.format(Locale.ROOT, "%.1f", percent(size))
    };
  }

  private static String node(ClusterMap map, String id, Map<String, String> states) {
    return map.server(id)
        .map(
            server ->
                HostPort.format(server.host(), server.port())
                    + (server.original() ? " original " : " ")
                    + states.get(id))
        .orElse("unknown");
  }

  private static String state(ClusterMap map, Shard shard) {
    ShardSize size = map.size(shard.id());
    if (shard.readOnly()) {
      return "read-only";
    }
    List<Server> servers = map.serversOf(shard);
    if (!servers.isEmpty() && servers.stream().allMatch(Server::original)) {
      return "originals only";
    }
    if (size.capacity() <= 0) {
      return "no size";
    }
    return size.freeRatio() > 0 ? "writable" : "full";
  }

  private static double percent(ShardSize size) {
    return size.capacity() <= 0 ? 0 : 100.0 * size.current() / size.capacity();
  }

  /** Servers that no shard uses. */
  private static Set<String> spares(ClusterMap map) {
    Set<String> spares = new TreeSet<>(map.servers().keySet());
    map.shards().values().forEach(shard -> shard.nodes().forEach(spares::remove));
    return spares;
  }

  private static JsonObject asJson(ClusterAdmin admin, ClusterMap map, Map<String, String> states) {
    JsonArray shards = new JsonArray();
    for (Shard shard : map.shards().values()) {
      ShardSize size = map.size(shard.id());
      JsonArray nodes = new JsonArray();
      shard.nodes().forEach(node -> nodes.add(nodeJson(map, node, states)));
      shards.add(
          new JsonObject()
              .put("id", shard.id())
              .put("state", state(map, shard))
              .put("max_share", shard.maxShare())
              .put("nodes", nodes)
              .put("used", size.current())
              .put("capacity", size.capacity())
              .put("percent", Math.round(10 * percent(size)) / 10.0));
    }
    JsonArray spares = new JsonArray();
    spares(map).forEach(id -> spares.add(nodeJson(map, id, states)));
    JsonArray queueServers = new JsonArray();
    map.queue().servers().forEach(s -> queueServers.add(HostPort.format(s.host(), s.port())));
    return new JsonObject()
        .put("zookeeper", admin.zookeeper())
        .put("root", admin.root())
        .put("queue", new JsonObject().put("key", map.queue().key()).put("servers", queueServers))
        .put("shards", shards)
        .put("spare_servers", spares);
  }

  private static JsonObject nodeJson(ClusterMap map, String id, Map<String, String> states) {
    JsonObject json =
        new JsonObject()
            .put("id", id)
            .put("url", map.server(id).map(Server::url).orElse(null))
            .put("state", states.getOrDefault(id, "unknown"));
    map.server(id)
        .ifPresent(
            server ->
                json.put("zone", server.zone())
                    .put("machine", server.place())
                    .put("original", server.original()));
    return json;
  }

  private static Column left(String header) {
    return new Column()
        .header(header)
        .headerAlign(HorizontalAlign.LEFT)
        .dataAlign(HorizontalAlign.LEFT);
  }

  private static Column right(String header) {
    return new Column().header(header).dataAlign(HorizontalAlign.RIGHT);
  }
}
