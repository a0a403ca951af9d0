package io.backpack.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class PlacementTest {
  private static final int ALL = Integer.MAX_VALUE;

  private static Server server(int id, String host, String zone) {
    return new Server("" + id, host, 8080 + id, zone, "", false);
  }

  private static List<Server> machines(int... nodes) {
    List<Server> servers = new ArrayList<>();
    for (int machine = 0; machine < nodes.length; machine++) {
      for (int i = 0; i < nodes[machine]; i++) {
        servers.add(server(servers.size() + 1, "h" + machine, ""));
      }
    }
    return servers;
  }

  @Test
  void theLastSlide() {
    assertEquals(
        List.of(List.of("1", "4", "7"), List.of("2", "5", "8"), List.of("3", "6", "9")),
        Placement.lay(machines(3, 3, 3), 3, ALL));
  }

  @Test
  void twoCopiesOnThreeMachinesAreSpreadEvenly() {
    List<List<String>> shards = Placement.lay(machines(4, 4, 4), 2, ALL);
    assertEquals(6, shards.size());
    Map<String, Long> pairs =
        shards.stream()
            .collect(
                Collectors.groupingBy(
                    shard ->
                        shard.stream().map(id -> "h" + (Integer.parseInt(id) - 1) / 4).toList()
                            + "",
                    Collectors.counting()));
    assertEquals(Map.of("[h0, h1]", 2L, "[h0, h2]", 2L, "[h1, h2]", 2L), pairs);
  }

  @Test
  void numbersAreOrderedAsNumbers() {
    List<String> ids = new ArrayList<>(List.of("b", "10", "9", "a", "02", "2", "1"));
    ids.sort(Placement.NATURAL);
    assertEquals(List.of("1", "02", "2", "9", "10", "a", "b"), ids);
  }

  @Test
  void noMoreThanAreWantedOrPossible() {
    assertEquals(2, Placement.lay(machines(3, 3, 3), 3, 2).size());
    assertEquals(1, Placement.lay(machines(9, 1), 2, ALL).size());
    assertEquals(0, Placement.lay(machines(9), 2, ALL).size());
    assertEquals(9, Placement.lay(machines(9), 1, ALL).size());
    assertEquals(0, Placement.lay(List.of(), 2, ALL).size());
  }

  @Test
  void addressesOfOneMachineAreOne() {
    List<Server> servers =
        List.of(
            new Server("1", "10.0.0.1", 1, "", "m", false),
            new Server("2", "10.0.1.1", 1, "", "M", false),
            new Server("3", "HOST", 1),
            new Server("4", "host", 2));
    assertEquals(List.of(List.of("1", "3"), List.of("2", "4")), Placement.lay(servers, 2, ALL));
  }

  @Test
  void zonesCountMoreThanMachinesWhereTheyCostNoShard() {
    List<Server> servers =
        List.of(
            server(1, "h1", "a"), server(2, "h2", "a"), server(3, "h3", "b"), server(4, "h4", "b"));
    assertEquals(List.of(List.of("1", "3"), List.of("2", "4")), Placement.lay(servers, 2, ALL));
    List<Server> uneven =
        List.of(
            server(1, "h1", "a"), server(2, "h2", "a"), server(3, "h3", "a"), server(4, "h4", "b"));
    List<List<String>> shards = Placement.lay(uneven, 2, ALL);
    assertEquals(2, shards.size());
    assertTrue(shards.contains(List.of("1", "4")), shards.toString());
    List<Server> full =
        List.of(
            server(1, "h1", "a"),
            server(2, "h1", "a"),
            server(3, "h2", "a"),
            server(4, "h2", "a"),
            server(5, "h3", "b"));
    assertEquals(List.of(List.of("1", "5")), Placement.lay(full, 2, 1));
  }

  @Test
  void anyMapIsLaidOutWithoutSharedMachinesAndInAsManyShardsAsThereCanBe() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      List<Server> servers = randomServers(random);
      int copies = 1 + random.nextInt(4);
      int most = random.nextInt(4) == 0 ? random.nextInt(5) : ALL;
      List<List<String>> shards = Placement.lay(servers, copies, most);
      String what = "seed " + seed + ", " + copies + " copies, at most " + most + ": " + servers;
      check(servers, copies, shards, what);
      assertEquals(Math.min(most, best(servers, Server::place, copies)), shards.size(), what);
      if (best(servers, Server::zone, copies) >= shards.size()) {
        Map<String, Server> byId = byId(servers);
        for (List<String> shard : shards) {
          long zones = shard.stream().map(id -> byId.get(id).zone()).distinct().count();
          assertEquals(copies, zones, what + " -> " + shards);
        }
      }
      List<Server> shuffled = new ArrayList<>(servers);
      java.util.Collections.shuffle(shuffled, random);
      assertEquals(shards, Placement.lay(shuffled, copies, most), what);
    }
  }

  private static List<Server> randomServers(Random random) {
    int machines = 1 + random.nextInt(7);
    int zones = 1 + random.nextInt(4);
    List<Server> servers = new ArrayList<>();
    int nodes = random.nextInt(16);
    String[] zoneOf = new String[machines];
    Arrays.setAll(zoneOf, machine -> zones == 1 ? "" : "z" + random.nextInt(zones));
    for (int i = 0; i < nodes; i++) {
      int machine = random.nextInt(machines);
      servers.add(server(i + 1, "h" + machine, zoneOf[machine]));
    }
    return servers;
  }

  private static void check(
      List<Server> servers, int copies, List<List<String>> shards, String what) {
    Map<String, Server> byId = byId(servers);
    Set<String> used = new HashSet<>();
    for (List<String> shard : shards) {
      assertEquals(copies, shard.size(), what);
      Set<String> places = new HashSet<>();
      for (String id : shard) {
        assertTrue(used.add(id), what + ": twice " + id);
        assertTrue(places.add(byId.get(id).place()), what + ": " + shard);
      }
    }
  }

  private static Map<String, Server> byId(List<Server> servers) {
    return servers.stream().collect(Collectors.toMap(Server::id, server -> server));
  }

  /** By trying: fills shards from groups in every way, and remembers what was tried. */
  private static int best(List<Server> servers, Function<Server, String> group, int copies) {
    int[] sizes =
        servers.stream()
            .collect(Collectors.groupingBy(group, Collectors.counting()))
            .values()
            .stream()
            .mapToInt(Long::intValue)
            .toArray();
    return best(sizes, copies, new HashMap<>());
  }

  private static int best(int[] sizes, int copies, Map<String, Integer> known) {
    int[] sorted = sizes.clone();
    Arrays.sort(sorted);
    String key = Arrays.toString(sorted);
    Integer before = known.get(key);
    if (before != null) {
      return before;
    }
    int best = 0;
    for (int choice = 0; choice < 1 << sorted.length; choice++) {
      if (Integer.bitCount(choice) == copies) {
        int[] rest = sorted.clone();
        boolean fits = true;
        for (int i = 0; i < rest.length; i++) {
          if ((choice >> i & 1) == 1) {
            fits &= --rest[i] >= 0;
          }
        }
        if (fits) {
          best = Math.max(best, 1 + best(rest, copies, known));
        }
      }
    }
    known.put(key, best);
    return best;
  }
}
