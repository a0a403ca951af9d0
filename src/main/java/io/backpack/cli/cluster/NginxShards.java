package io.backpack.cli.cluster;

import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * {@code shards.conf} for nginx, included at the http level: for each shard an upstream and one
 * that puts no node aside; one of the coordinators; and maps from {@code $backpack_shard}, which
 * the including configuration sets, to what {@code conf/nginx/frontend.conf} wants to know of a
 * shard. They are empty for an unknown shard.
 *
 * @param warnings what is missing in it
 */
record NginxShards(String text, List<String> warnings) {
  /**
   * A node that is lost or hangs fails some requests, which the next node answers, and is then left
   * alone for a while. What a node answers, a 5xx too, counts as no failure there.
   */
  private static final String PUT_ASIDE = " max_fails=5 fail_timeout=10s;\n";

  private static final String NEVER_ASIDE = " max_fails=0;\n";
  private static final int KEPT = 64;

  /** Of an upstream that is asked when the other one did not answer. */
  private static final int KEPT_OF_EVERY = 8;

  /** What nginx notes of a server in an upstream takes less than 2 KB of the zone, tried. */
  private static final int ZONE_KIB = 256;

  private static final int ZONE_KIB_PER_SERVER = 2;

  static NginxShards of(ClusterMap map, List<QueueSettings.Endpoint> coordinators) {
    Map<String, List<String>> shards = new LinkedHashMap<>();
    List<String> warnings = new ArrayList<>();
    Map<String, String> anyCase = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    for (Shard shard : map.shards().values()) {
      List<Server> servers = map.serversOf(shard);
      if (servers.isEmpty()) {
        // An upstream without a server keeps nginx from starting.
        warnings.add("shard " + shard.id() + " has no known server and is left out");
        continue;
      }
      String other = anyCase.putIfAbsent(shard.id(), shard.id());
      if (other != null) {
        // So do two upstreams, or two entries of a map, of the same name.
        warnings.add(
            "shard "
                + shard.id()
                + " differs from shard "
                + other
                + " only in upper and lower case, which nginx does not tell apart, and is left"
                + " out: its photos are read at a coordinator only");
      } else {
        shards.put(
            shard.id(), servers.stream().map(s -> HostPort.format(s.host(), s.port())).toList());
      }
    }
    return new NginxShards(
        text(
            map,
            shards,
            coordinators.stream().map(c -> HostPort.format(c.host(), c.port())).toList()),
        List.copyOf(warnings));
  }

  private static String text(
      ClusterMap map, Map<String, List<String>> shards, List<String> coordinators) {
    int servers = coordinators.size() + 2 * shards.values().stream().mapToInt(List::size).sum();
    // nginx does not start with one that is too small.
    String zone = "    zone backpack " + (ZONE_KIB + ZONE_KIB_PER_SERVER * servers) + "k;\n";
    StringBuilder text = new StringBuilder();
    text.append("# Made by 'backpack cluster nginx'; changes by hand are lost.\n\n");
    shards.forEach(
        (id, addresses) -> {
          append(text, "backpack_shard_" + id, zone, addresses, PUT_ASIDE, KEPT);
          append(text, "backpack_every_" + id, zone, addresses, NEVER_ASIDE, KEPT_OF_EVERY);
        });
    if (!coordinators.isEmpty()) {
      append(text, "backpack_coordinators", zone, coordinators, PUT_ASIDE, KEPT);
    }
    map(text, "$backpack_upstream", shards, id -> "backpack_shard_" + id);
    map(text, "$backpack_every_node", shards, id -> "backpack_every_" + id);
    // A node that is in no map may have photos as well: then nobody says that there are none.
    map(
        text,
        "$backpack_unknown_to_all",
        shards,
        id -> '"' + denial(map.shards().get(id).nodes().size()) + '"');
    text.append("map $backpack_shard $backpack_coordinators {\n    default ")
        .append(coordinators.isEmpty() ? "\"\"" : "backpack_coordinators")
        .append(";\n}\n");
    return text.toString();
  }

  private static String denial(int nodes) {
    return String.join(", ", Collections.nCopies(nodes, "404"));
  }

  private static void append(
      StringBuilder text,
      String upstream,
      String zone,
      List<String> addresses,
      String options,
      int kept) {
    text.append("upstream ").append(upstream).append(" {\n").append(zone);
    addresses.forEach(a -> text.append("    server ").append(a).append(options));
    text.append("    keepalive ").append(kept).append(";\n    keepalive_timeout 30s;\n}\n\n");
  }

  private static void map(
      StringBuilder text,
      String variable,
      Map<String, List<String>> shards,
      Function<String, String> value) {
    text.append("map $backpack_shard ").append(variable).append(" {\n    default \"\";\n");
    shards
        .keySet()
        .forEach(
            id ->
                text.append("    \"")
                    .append(id)
                    .append("\" ")
                    .append(value.apply(id))
                    .append(";\n"));
    text.append("}\n\n");
  }
}
