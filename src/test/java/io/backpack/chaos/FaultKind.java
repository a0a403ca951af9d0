package io.backpack.chaos;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/** What a campaign does to a cluster. */
enum FaultKind {
  KILL_BACKPACK("kill -9 of a Backpack process", ProcessFaults::killBackpack),
  PAUSE_BACKPACK("SIGSTOP, later SIGCONT of a Backpack process", ProcessFaults::pauseBackpack),
  KILL_MACHINE("kill -9 of all processes of a server", ProcessFaults::killMachine),
  PAUSE_MACHINE("SIGSTOP of all processes of a server", ProcessFaults::pauseMachine),
  BLACKOUT("kill -9 of all processes of all servers", ProcessFaults::blackout),
  KILL_ZOOKEEPER("kill -9 of one ZooKeeper (a minority)", ProcessFaults::killZooKeeper),
  PAUSE_ZOOKEEPER("SIGSTOP of one ZooKeeper", ProcessFaults::pauseZooKeeper),
  LOSE_ZOOKEEPER("kill -9 of most ZooKeepers: no quorum", ProcessFaults::loseZooKeeper),
  HANG_ZOOKEEPER("SIGSTOP of most ZooKeepers", ProcessFaults::hangZooKeeper),
  EXPIRE_SESSIONS("ZooKeeper out of reach until sessions expire", NetworkFaults::expireSessions),
  KILL_QUEUE("kill -9 of a queue Redis", RedisFaults::killQueue),
  PAUSE_QUEUE("SIGSTOP of a queue Redis", RedisFaults::pauseQueue),
  LOSE_QUEUES("kill -9 of all queue Redis", RedisFaults::loseQueues),
  EMPTY_QUEUE("FLUSHALL of a queue Redis", RedisFaults::emptyQueue),
  ROLL_BACK_QUEUE("an older copy of a queue Redis put back", RedisFaults::rollBackQueue),
  KILL_INDEX("kill -9 of an index Redis", RedisFaults::killIndex),
  PAUSE_INDEX("SIGSTOP of an index Redis", RedisFaults::pauseIndex),
  EMPTY_INDEX("FLUSHALL of an index Redis", RedisFaults::emptyIndex),
  ROLL_BACK_INDEX("an older copy of an index Redis put back", RedisFaults::rollBackIndex),
  CUT("a server cut off, both ways", NetworkFaults::cut),
  CUT_ONE_WAY("a server whose packets get lost in one direction", NetworkFaults::cutOneWay),
  CUT_PEERS("a server cut off from the others, not from clients", NetworkFaults::cutPeers),
  SLOW("a server behind a line of 2 Mbit/s", NetworkFaults::slow),
  LOSSY("a server that loses 5 to 25 % of its packets", NetworkFaults::lossy),
  FULL_DISK("the disk of a node filled up", DiskFaults::fill),
  LOSE_DISK("all files on the disk of a node deleted", DiskFaults::lose),
  DAMAGE("bits turned over in volumes", DiskFaults::damage),
  CLOCK("the clock of a server minutes off", ClockFaults::turn),
  REPLACE_SERVER("a server destroyed for good and replaced", DiskFaults::replaceServer);

  private static final Set<FaultKind> TAKE_DISKS = EnumSet.of(LOSE_DISK, DAMAGE, REPLACE_SERVER);
  private static final Set<FaultKind> LOSE_TASKS =
      EnumSet.of(EMPTY_QUEUE, ROLL_BACK_QUEUE, REPLACE_SERVER);

  /** Makes a fault at a server, with details by chance. */
  private interface Maker {
    Fault make(Topology topology, Server server, Random random);
  }

  private final String words;

  @SuppressWarnings("ImmutableEnumChecker") // All are references to static methods.
  private final Maker maker;

  FaultKind(String words, Maker maker) {
    this.words = words;
    this.maker = maker;
  }

  /** As {@code kill-backpack}. */
  String label() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  String words() {
    return words;
  }

  /** Whether copies that were acknowledged are gone from a disk afterwards. */
  boolean takesDisks() {
    return TAKE_DISKS.contains(this);
  }

  /** Whether copies and deletes that were to be made are forgotten afterwards. */
  boolean losesTasks() {
    return LOSE_TASKS.contains(this);
  }

  Fault at(Topology topology, Server server, Random random) {
    return maker.make(topology, server, random);
  }

  /**
   * @param labels as {@code kill-backpack,cut}; a label that begins with {@code -} takes one away
   */
  static Set<FaultKind> parse(String labels) {
    Set<FaultKind> kinds = EnumSet.noneOf(FaultKind.class);
    if (labels.startsWith("-")) {
      kinds = EnumSet.allOf(FaultKind.class);
    }
    for (String label : labels.split(",", -1)) {
      boolean without = label.startsWith("-");
      String wanted = without ? label.substring(1) : label;
      List<FaultKind> known =
          Arrays.stream(values()).filter(kind -> kind.label().equals(wanted)).toList();
      if (known.isEmpty()) {
        throw new IllegalArgumentException(
            "no fault '"
                + wanted
                + "'; there are "
                + Arrays.stream(values()).map(FaultKind::label).collect(Collectors.joining(", ")));
      }
      if (without) {
        kinds.remove(known.get(0));
      } else {
        kinds.add(known.get(0));
      }
    }
    return kinds;
  }
}
