package io.backpack.chaos;

import java.util.List;
import java.util.Random;
import java.util.Set;

/** Disks that are full, damaged or gone. */
final class DiskFaults {
  private static final int PLACES = 3;

  private DiskFaults() {}

  static Fault fill(Topology topology, Server server, Random random) {
    int shard = random.nextInt(Server.SHARDS) + 1;
    // Nothing is left at all, a page, or less than the reserve.
    long left = new long[] {0, 4096, 2 << 20}[random.nextInt(3)];
    return Fault.of(
        "the disk of node " + server.nodeId(shard) + " has " + left + " bytes left",
        Set.of("disk-" + server.nodeId(shard)),
        () -> server.disk(shard).fill(left),
        () -> server.disk(shard).free());
  }

  static Fault damage(Topology topology, Server server, Random random) {
    int shard = random.nextInt(Server.SHARDS) + 1;
    return Fault.of(
        "damage on the disk of node " + server.nodeId(shard),
        Set.of("disk-" + server.nodeId(shard)),
        () -> {
          for (int i = 0; i < PLACES; i++) {
            server.disk(shard).damage(random);
          }
        },
        Fault.Action::none);
  }

  /**
   * All files of a node are deleted while it runs, which it notices when it is started again; then
   * the operator does what the manual says of a disk whose photos are lost.
   */
  static Fault lose(Topology topology, Server server, Random random) {
    int shard = random.nextInt(Server.SHARDS) + 1;
    String id = server.nodeId(shard);
    return Fault.of(
        "the files of node " + id + " are deleted",
        Set.of("disk-" + id, server.backpack().name(), server.index().name()),
        () -> server.disk(shard).wipe(),
        () -> {
          server.backpack().kill();
          server.disk(shard).wipe();
          server.startReplaced(List.of(id));
        });
  }

  /** Everything of a server is gone; an empty one takes its place under the same address. */
  static Fault replaceServer(Topology topology, Server server, Random random) {
    return Fault.of(
        "server " + server.number() + " is destroyed and replaced",
        Set.of("everything"),
        () -> server.all().forEach(Proc::kill),
        server::replace);
  }
}
