package io.backpack.chaos;

import java.nio.file.Path;
import java.util.List;
import java.util.Random;

/** A Redis that dies, hangs, forgets everything, or goes back to what it knew a while ago. */
final class RedisFaults {
  private RedisFaults() {}

  static Fault killQueue(Topology topology, Server server, Random random) {
    return ProcessFaults.kill(server.queue());
  }

  static Fault killIndex(Topology topology, Server server, Random random) {
    return ProcessFaults.kill(server.index());
  }

  static Fault pauseQueue(Topology topology, Server server, Random random) {
    return ProcessFaults.pause(server.queue());
  }

  static Fault pauseIndex(Topology topology, Server server, Random random) {
    return ProcessFaults.pause(server.index());
  }

  static Fault loseQueues(Topology topology, Server server, Random random) {
    return ProcessFaults.kill(
        "kill -9 of all queues", topology.servers().stream().map(Server::queue).toList());
  }

  static Fault emptyQueue(Topology topology, Server server, Random random) {
    return empty(server, server.queue());
  }

  static Fault emptyIndex(Topology topology, Server server, Random random) {
    return empty(server, server.index());
  }

  static Fault rollBackQueue(Topology topology, Server server, Random random) {
    return rollBack(server, server.queue());
  }

  static Fault rollBackIndex(Topology topology, Server server, Random random) {
    return rollBack(server, server.index());
  }

  private static Fault empty(Server server, Proc redis) {
    return Fault.of(
        "FLUSHALL of " + redis.name(),
        ProcessFaults.claims(List.of(redis)),
        () -> server.redis(redis, "flushall"),
        Fault.Action::none);
  }

  /** The copy is made when the fault begins and put back when it ends. */
  private static Fault rollBack(Server server, Proc redis) {
    Path data = server.data(redis);
    Path copy = data.resolveSibling(data.getFileName() + "-copy");
    return Fault.of(
        redis.name() + " goes back to an older copy",
        ProcessFaults.claims(List.of(redis)),
        () -> {
          Shell.run("rm", "-rf", copy.toString());
          Shell.run("cp", "-a", data.toString(), copy.toString());
        },
        () -> {
          redis.kill();
          Shell.run("rm", "-rf", data.toString());
          Shell.run("mv", copy.toString(), data.toString());
          redis.start();
        });
  }
}
