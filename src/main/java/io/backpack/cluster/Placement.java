package io.backpack.cluster;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Lays shards across machines: as many as possible of which no two nodes are on one machine. All of
 * them lie across zones as well where that costs no shard. The same servers give the same shards.
 *
 * <p>Taking a node from each of the {@code copies} groups that have the most left makes as many
 * shards as there can be (the greedy rule for disjoint sets of one size with distinct colours). A
 * group is a zone where that makes as many, else a machine; among machines with equally many nodes
 * left, one whose zone the shard has least of is taken.
 */
final class Placement {
  /** Numbers in ids count as numbers, so that 10 comes after 9. */
  static final Comparator<String> NATURAL =
      Comparator.comparingInt((String id) -> isNumber(id) ? 0 : 1)
          .thenComparingInt(id -> isNumber(id) ? digits(id).length() : 0)
          .thenComparing(id -> isNumber(id) ? digits(id) : id)
          .thenComparing(Comparator.naturalOrder());

  /** A machine with the nodes on it that are in no shard yet, the next one first. */
  private record Machine(String name, String zone, List<String> free) {
    String next() {
      return free.get(0);
    }
  }

  private final int copies;
  private final List<Machine> machines;

  private Placement(int copies, List<Machine> machines) {
    this.copies = copies;
    this.machines = machines;
  }

  /**
   * The nodes of each new shard.
   *
   * @param spares servers to lay them on
   * @param copies nodes of a shard, at least 1
   * @param most shards at the most
   */
  static List<List<String>> lay(Collection<Server> spares, int copies, int most) {
    int possible = possible(spares, Server::place, copies);
    int wanted = Math.min(possible, most);
    Map<String, String> zones = zones(spares);
    boolean acrossZones =
        possible(spares, server -> zones.get(server.place()), copies) >= Math.max(1, wanted);
    Placement placement = new Placement(copies, machines(spares, zones));
    List<List<String>> shards = new ArrayList<>();
    for (int i = 0; i < wanted; i++) {
      shards.add(acrossZones ? placement.acrossZones() : placement.acrossMachines());
    }
    return shards;
  }

  /** How many shards there can be of which no two nodes are in one group. */
  static int possible(Collection<Server> spares, Function<Server, String> group, int copies) {
    Collection<Long> sizes =
        spares.stream().collect(Collectors.groupingBy(group, Collectors.counting())).values();
    int shards = spares.size() / copies;
    while (shards > 0 && !fit(sizes, copies, shards)) {
      shards--;
    }
    return shards;
  }

  /** No group can give a shard more than one node. */
  private static boolean fit(Collection<Long> sizes, int copies, long shards) {
    return sizes.stream().mapToLong(size -> Math.min(size, shards)).sum() >= copies * shards;
  }

  /** The zone of each machine: that of its first server, should they differ. */
  private static Map<String, String> zones(Collection<Server> servers) {
    Map<String, String> zones = new HashMap<>();
    servers.stream()
        .sorted(Comparator.comparing(Server::id, NATURAL))
        .forEach(server -> zones.putIfAbsent(server.place(), server.zone()));
    return zones;
  }

  private static List<Machine> machines(Collection<Server> servers, Map<String, String> zones) {
    Map<String, List<String>> byPlace = new TreeMap<>();
    servers.stream()
        .sorted(Comparator.comparing(Server::id, NATURAL))
        .forEach(
            server ->
                byPlace.computeIfAbsent(server.place(), p -> new ArrayList<>()).add(server.id()));
    List<Machine> machines = new ArrayList<>();
    byPlace.forEach((place, ids) -> machines.add(new Machine(place, zones.get(place), ids)));
    return machines;
  }

  private List<String> acrossZones() {
    Map<String, Integer> left = leftByZone();
    List<String> zones =
        left.keySet().stream()
            .sorted(
                Comparator.comparing((String zone) -> -left.get(zone))
                    .thenComparing(zone -> fullest(zone).orElseThrow().next(), NATURAL))
            .limit(copies)
            .toList();
    return take(zones.stream().map(zone -> fullest(zone).orElseThrow()).toList());
  }

  private Map<String, Integer> leftByZone() {
    Map<String, Integer> left = new TreeMap<>();
    for (Machine machine : machines) {
      if (!machine.free.isEmpty()) {
        left.merge(machine.zone, machine.free.size(), Integer::sum);
      }
    }
    return left;
  }

  private Optional<Machine> fullest(String zone) {
    return machines.stream()
        .filter(machine -> machine.zone.equals(zone) && !machine.free.isEmpty())
        .min(fullestFirst());
  }

  private static Comparator<Machine> fullestFirst() {
    return Comparator.comparing((Machine machine) -> -machine.free.size())
        .thenComparing(Machine::next, NATURAL);
  }

  private List<String> acrossMachines() {
    List<Machine> chosen = new ArrayList<>();
    while (chosen.size() < copies) {
      chosen.add(
          machines.stream()
              .filter(machine -> !machine.free.isEmpty() && !chosen.contains(machine))
              .min(
                  Comparator.comparing((Machine machine) -> -machine.free.size())
                      .thenComparing(machine -> inZone(chosen, machine.zone))
                      .thenComparing(Machine::next, NATURAL))
              .orElseThrow());
    }
    return take(chosen);
  }

  private static long inZone(List<Machine> chosen, String zone) {
    return chosen.stream().filter(machine -> machine.zone.equals(zone)).count();
  }

  private static List<String> take(List<Machine> chosen) {
    return chosen.stream().map(machine -> machine.free.remove(0)).sorted(NATURAL).toList();
  }

  private static boolean isNumber(String id) {
    return id.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  private static String digits(String number) {
    return number.replaceFirst("^0+(?=.)", "");
  }
}
