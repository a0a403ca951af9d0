package io.backpack.chaos;

import io.backpack.chaos.Netns.Way;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Packets that get lost or wait. */
final class NetworkFaults {
  private static final List<Way> BOTH = List.of(Way.IN, Way.OUT);
  private static final int ZOOKEEPER_PORT = 2181;
  private static final String NARROW = "2mbit";

  private NetworkFaults() {}

  static Fault cut(Topology topology, Server server, Random random) {
    return loss(server, "cut", "server " + server.number() + " is cut off", BOTH, "", 100);
  }

  static Fault cutOneWay(Topology topology, Server server, Random random) {
    Way way = random.nextBoolean() ? Way.IN : Way.OUT;
    return loss(
        server,
        "cut",
        "server " + server.number() + " loses what goes " + way,
        List.of(way),
        "",
        100);
  }

  static Fault cutPeers(Topology topology, Server server, Random random) {
    if (random.nextBoolean()) {
      return loss(
          server,
          "cut",
          "server " + server.number() + " is cut off from the others",
          BOTH,
          "peer != " + Netns.CLIENTS,
          100);
    }
    int other = server.number() % topology.servers().size() + 1;
    return loss(
        server,
        "cut",
        "server " + server.number() + " is cut off from server " + other,
        BOTH,
        "peer " + Netns.addressOf(other),
        100);
  }

  static Fault lossy(Topology topology, Server server, Random random) {
    int percent = random.nextInt(5, 26);
    return loss(
        server,
        "lossy",
        "server " + server.number() + " loses " + percent + " % of its packets",
        BOTH,
        "",
        percent);
  }

  /** The process lives and is reached, but for ZooKeeper. */
  static Fault expireSessions(Topology topology, Server server, Random random) {
    String rules = "sessions";
    return Fault.of(
        "server " + server.number() + " does not reach ZooKeeper",
        Set.of(rules + "-" + server.number()),
        () -> server.network().losePort(rules, ZOOKEEPER_PORT),
        () -> server.network().restore(rules));
  }

  static Fault slow(Topology topology, Server server, Random random) {
    return Fault.of(
        "server " + server.number() + " behind " + NARROW,
        Set.of("line-" + server.number()),
        () -> server.network().narrow(NARROW),
        () -> server.network().widen());
  }

  private static Fault loss(
      Server server, String rules, String what, List<Way> ways, String match, int percent) {
    return Fault.of(
        what,
        Set.of(rules + "-" + server.number()),
        () -> server.network().lose(rules, ways, match, percent),
        () -> server.network().restore(rules));
  }
}
