package io.backpack.chaos;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Lock;
import java.util.function.Consumer;

/**
 * Makes faults, one after another or several at a time, as the seed says, within what is promised:
 * an answered write is on two disks, or on one and in a queue. So until every photo is on all nodes
 * of its shard again, only the disks of one server are taken, and none of a cluster that has also
 * lost queued tasks. Where uploads may be degraded, what they leave on one disk for a moment is at
 * risk when that disk is taken: those times are remembered.
 */
final class Campaign {
  private static final int LONGEST_FAULT_SECONDS = 11;
  private static final int SHORTEST_FAULT_SECONDS = 3;

  /** Longer than a session lasts. */
  private static final int EXPIRY_SECONDS = 9;

  private static final int LONGEST_PAUSE_MILLIS = 5000;
  private static final int SHORTEST_PAUSE_MILLIS = 1500;

  /** A fault on its way. */
  private record Active(FaultKind kind, Fault fault) {}

  private final Topology topology;
  private final History history;
  private final Healing healing;
  private final Lock rest;
  private final Consumer<String> say;
  private final Random random;
  private final Options options;
  private final List<FaultKind> kinds;
  private final List<Window> windows = new ArrayList<>();
  private final Map<FaultKind, Integer> made = new EnumMap<>(FaultKind.class);
  private final List<Window> atRisk = new ArrayList<>();
  private final List<String> troubles = new ArrayList<>();
  private long equalAt;
  private Server victim;
  private boolean tasksLost;

  /**
   * @param rest whose holder makes the clients pause
   */
  Campaign(
      Topology topology,
      History history,
      Healing healing,
      Lock rest,
      Options options,
      Consumer<String> say) {
    this.topology = topology;
    this.history = history;
    this.healing = healing;
    this.rest = rest;
    this.options = options;
    this.kinds = List.copyOf(options.faults());
    this.random = new Random(options.seed());
    this.say = say;
  }

  /**
   * Each kind once, alone, also with what it leaves behind; those that take disks first, see above.
   */
  void onceEach() throws Exception {
    List<FaultKind> order = new ArrayList<>(kinds);
    Collections.shuffle(order, random);
    order.sort(Comparator.comparing(kind -> !kind.takesDisks() || kind.losesTasks()));
    for (FaultKind kind : order) {
      makeAll(List.of(kind), true);
    }
  }

  /** Faults by chance, mostly one at a time. */
  void run(int seconds) throws Exception {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (System.nanoTime() - end < 0) {
      int chance = random.nextInt(10);
      int count = chance < 6 ? 1 : chance < 9 ? 2 : 3;
      List<FaultKind> chosen = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        chosen.add(kinds.get(random.nextInt(kinds.size())));
      }
      makeAll(chosen, false);
    }
  }

  /**
   * @param recovered whether uploads must be stored again before the next fault, so that how long
   *     they are not is told of the right one
   */
  private void makeAll(List<FaultKind> chosen, boolean recovered) throws Exception {
    List<Active> active = new ArrayList<>();
    Set<String> claimed = new HashSet<>();
    for (FaultKind kind : chosen) {
      if (active.stream().anyMatch(other -> tooMuch(kind, other.kind())) || !allowed(kind)) {
        continue;
      }
      Server server = serverFor(kind);
      Fault fault = kind.at(topology, server, random);
      boolean alone = kind == FaultKind.REPLACE_SERVER;
      boolean fits = fault.claims().stream().noneMatch(claimed::contains);
      if (fits && (!alone || active.isEmpty())) {
        victim = kind.takesDisks() ? server : victim;
        tasksLost |= kind.losesTasks();
        claimed.addAll(fault.claims());
        active.add(new Active(kind, fault));
      }
      if (alone) {
        break;
      }
    }
    if (active.isEmpty()) {
      return;
    }
    long begin = history.now();
    Set<FaultKind> together = EnumSet.noneOf(FaultKind.class);
    for (Active each : active) {
      together.add(each.kind());
      made.merge(each.kind(), 1, Integer::sum);
      tell("begins: " + each.kind().label() + ", " + each.fault().what());
      each.fault().begin();
    }
    Thread.sleep(1000L * seconds(together));
    // Who needs the others to be well again comes last.
    active.sort(Comparator.comparing(each -> each.kind().takesDisks()));
    for (Active each : active) {
      each.fault().end();
      tell("is over: " + each.kind().label());
    }
    if (!options.copiesStrict() && together.stream().anyMatch(FaultKind::takesDisks)) {
      atRisk.add(new Window(together, equalAt, history.now()));
    }
    if (recovered) {
      history.awaitStored();
    }
    Thread.sleep(random.nextInt(SHORTEST_PAUSE_MILLIS, LONGEST_PAUSE_MILLIS));
    windows.add(new Window(together, begin, history.now()));
  }

  /** Whether two kinds at the same time take more than what is promised to survive. */
  private boolean tooMuch(FaultKind one, FaultKind other) {
    return one.takesDisks() && other.losesTasks()
        || one.losesTasks() && other.takesDisks()
        || one.takesDisks() && other.takesDisks() && !options.copiesStrict();
  }

  private int seconds(Set<FaultKind> together) {
    int seconds = random.nextInt(SHORTEST_FAULT_SECONDS, LONGEST_FAULT_SECONDS);
    return together.contains(FaultKind.EXPIRE_SESSIONS)
        ? Math.max(seconds, EXPIRY_SECONDS)
        : seconds;
  }

  private Server serverFor(FaultKind kind) {
    Server any = topology.servers().get(random.nextInt(topology.servers().size()));
    return kind.takesDisks() && victim != null ? victim : any;
  }

  /** Whether what is promised holds through it. */
  private boolean allowed(FaultKind kind) throws InterruptedException {
    boolean spent =
        kind.takesDisks() && (tasksLost || !options.copiesStrict())
            || kind.losesTasks() && victim != null;
    return !spent || options.careless() || restored();
  }

  /** Waits until everything is everywhere again. */
  private boolean restored() throws InterruptedException {
    history.holdOrResume();
    // With uploads on their way nodes are never equal.
    rest.lock();
    try {
      tell("the clients rest until all nodes are equal");
      List<String> found = healing.await(made.containsKey(FaultKind.DAMAGE));
      if (!found.isEmpty()) {
        troubles.addAll(found);
        return false;
      }
    } finally {
      history.holdOrResume();
      rest.unlock();
    }
    equalAt = history.now();
    tasksLost = false;
    victim = null;
    return true;
  }

  private void tell(String what) {
    history.note(what);
    say.accept(what);
  }

  /** What was not well again when everything else waited for it. */
  List<String> troubles() {
    return troubles;
  }

  /** Times in which what is on one disk only may have been lost with it. */
  List<Window> atRisk() {
    return options.careless() ? List.of() : atRisk;
  }

  List<Window> windows() {
    return windows;
  }

  /** How often each kind was made. */
  Map<FaultKind, Integer> made() {
    return made;
  }
}
