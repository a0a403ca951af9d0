package io.backpack.cli.cluster;

import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code shards.conf} for nginx, included at the http level: an upstream per shard, and the map
 * from {@code $backpack_shard}, which the including configuration sets, to {@code
 * $backpack_upstream}, which is empty for an unknown shard.
 *
 * @param warnings what is missing in it
 */
record NginxShards(String text, List<String> warnings) {
  /**
   * A node that is lost fails some ten requests, which the next node answers, and is then left
   * alone for a while; now and then a 503 for one damaged photo does not put a node aside.
   */
  private static final String SERVER_OPTIONS = " max_fails=10 fail_timeout=5s;\n";

  static NginxShards of(ClusterMap map, List<QueueSettings.Endpoint> coordinators) {
    StringBuilder text = new StringBuilder();
    List<String> warnings = new ArrayList<>();
    text.append("# Made by 'backpack cluster nginx'; changes by hand are lost.\n\n");
    StringBuilder lines = new StringBuilder();
    for (Shard shard : map.shards().values()) {
      List<Server> servers = map.serversOf(shard);
      if (servers.isEmpty()) {
        // An upstream without a server keeps nginx from starting.
        warnings.add("shard " + shard.id() + " has no known server and is left out");
        continue;
      }
      String upstream = "backpack_shard_" + shard.id();
      append(
          text, upstream, servers.stream().map(s -> HostPort.format(s.host(), s.port())).toList());
      lines.append("    \"").append(shard.id()).append("\" ").append(upstream).append(";\n");
    }
    if (!coordinators.isEmpty()) {
      append(
          text,
          "backpack_coordinators",
          coordinators.stream().map(c -> HostPort.format(c.host(), c.port())).toList());
    }
    text.append("map $backpack_shard $backpack_upstream {\n    default \"\";\n")
        .append(lines)
        .append("}\n");
    return new NginxShards(text.toString(), List.copyOf(warnings));
  }

  private static void append(StringBuilder text, String upstream, List<String> addresses) {
    text.append("upstream ").append(upstream).append(" {\n");
    addresses.forEach(a -> text.append("    server ").append(a).append(SERVER_OPTIONS));
    text.append("    keepalive 64;\n    keepalive_timeout 30s;\n}\n\n");
  }
}
