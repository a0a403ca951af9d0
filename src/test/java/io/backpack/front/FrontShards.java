package io.backpack.front;

import java.util.List;
import java.util.stream.Collectors;

/** The {@code shards.conf} of two nodes: shard 1 has both of them, shard two_2 only the first. */
final class FrontShards {
  private FrontShards() {}

  /** Without a coordinator. */
  static String of(int maxFails, EchoNode a, EchoNode b) {
    return nodes(maxFails, a, b) + map("$backpack_coordinators", "default \"\"");
  }

  static String of(int maxFails, EchoNode a, EchoNode b, List<EchoNode> coordinators) {
    return nodes(maxFails, a, b)
        + upstream("backpack_coordinators", 5, coordinators.toArray(new EchoNode[0]))
        + map("$backpack_coordinators", "default backpack_coordinators");
  }

  private static String nodes(int maxFails, EchoNode a, EchoNode b) {
    return upstream("backpack_shard_1", maxFails, a, b)
        + upstream("backpack_shard_two_2", maxFails, a)
        + upstream("backpack_every_1", 0, a, b)
        + upstream("backpack_every_two_2", 0, a)
        + map("$backpack_upstream", "\"1\" backpack_shard_1", "\"two_2\" backpack_shard_two_2")
        + map("$backpack_every_node", "\"1\" backpack_every_1", "\"two_2\" backpack_every_two_2")
        + map("$backpack_unknown_to_all", "\"1\" \"404, 404\"", "\"two_2\" \"404\"");
  }

  /** As an earlier release wrote it. */
  static String earlier(EchoNode a, EchoNode b) {
    return upstream("backpack_shard_1", 10, a, b)
        + map("$backpack_upstream", "\"1\" backpack_shard_1");
  }

  private static String upstream(String name, int maxFails, EchoNode... nodes) {
    return List.of(nodes).stream()
        .map(
            node ->
                "  server 127.0.0.1:%d max_fails=%d fail_timeout=60s;\n"
                    .formatted(node.port(), maxFails))
        .collect(Collectors.joining("", "upstream " + name + " {\n", "  keepalive 16;\n}\n"));
  }

  private static String map(String variable, String... entries) {
    return "map $backpack_shard " + variable + " {\n  " + String.join(";\n  ", entries) + ";\n}\n";
  }
}
