package io.backpack.coordinator;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.PhotoName;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.cluster.ShardSize;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ShardChooserTest {
  private static final int NAMES = 40_000;

  private final AtomicLong nanos = new AtomicLong();
  private final List<String> full = new ArrayList<>();
  private final Map<String, Shard> shards = new TreeMap<>();
  private final Map<String, ShardSize> sizes = new TreeMap<>();
  private List<PhotoName> names;

  @BeforeEach
  void names() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    names = new ArrayList<>();
    for (int i = 0; i < NAMES; i++) {
      names.add(PhotoName.of(Long.toHexString(random.nextLong()) + ".jpg"));
    }
  }

  private ShardChooser chooser(double maxShare) {
    return new ShardChooser(maxShare, nanos::get, full::add);
  }

  private void shard(String id, int percentFree) {
    shards.put(id, new Shard(id, List.of(id + "a", id + "b"), false));
    sizes.put(id, new ShardSize(1600, 16L * (100 - percentFree)));
  }

  private ClusterMap map() {
    return new ClusterMap(Map.of(), shards, sizes, QueueSettings.NONE);
  }

  private Map<PhotoName, String> place(ShardChooser chooser, ClusterMap map) {
    Map<PhotoName, String> placed = new HashMap<>();
    for (PhotoName name : names) {
      placed.put(name, chooser.order(name, map).get(0).id());
    }
    return placed;
  }

  private static double[] capped(double cap, double... weights) {
    double[] own = new double[weights.length];
    Arrays.fill(own, 1);
    return ShardChooser.capped(weights, cap, own);
  }

  private static double share(Map<PhotoName, String> placed, String shard) {
    return (double) placed.values().stream().filter(shard::equals).count() / placed.size();
  }

  private static void assertMoved(
      boolean some, Map<PhotoName, String> before, Map<PhotoName, String> after) {
    long moved =
        before.keySet().stream().filter(name -> !before.get(name).equals(after.get(name))).count();
    assertEquals(some, moved > 0, moved + " names moved");
  }

  private static List<String> ids(List<Shard> order) {
    return order.stream().map(Shard::id).toList();
  }

  @Test
  void aShardGetsPhotosInProportionToItsFreeShare() {
    shard("1", 100);
    shard("2", 50);
    shard("3", 25);
    Map<PhotoName, String> placed = place(chooser(1), map());
    assertEquals(16 / 28.0, share(placed, "1"), 0.015);
    assertEquals(8 / 28.0, share(placed, "2"), 0.015);
    assertEquals(4 / 28.0, share(placed, "3"), 0.015);
  }

  @Test
  void consecutiveNumbersAsNamesAreSpreadAsWell() {
    shard("1", 100);
    shard("2", 100);
    List<PhotoName> numbers = new ArrayList<>();
    for (int i = 0; i < NAMES; i++) {
      numbers.add(PhotoName.of(Integer.toString(i)));
    }
    names = numbers;
    assertEquals(0.5, share(place(chooser(1), map()), "1"), 0.015);
  }

  @Test
  void noShardGetsMoreThanItsMaximalShareWhileOthersCanTakeThem() {
    shard("new", 100);
    shard("1", 7);
    shard("2", 7);
    Map<PhotoName, String> placed = place(chooser(0.5), map());
    assertEquals(0.5, share(placed, "new"), 0.015);
    assertEquals(0.25, share(placed, "1"), 0.015);
    shards.remove("1");
    shards.remove("2");
    assertEquals(1, share(place(chooser(0.5), map()), "new"));
  }

  @Test
  void theCapIsFilledLikeWater() {
    assertArrayEquals(new double[] {0.4, 0.4, 0.1, 0.1}, capped(0.4, 16, 8, 1, 1), 1e-9);
    assertArrayEquals(new double[] {0.5, 0.5}, capped(0.1, 16, 1), 1e-9);
    assertArrayEquals(new double[] {0.5, 0.25, 0.25}, capped(1, 2, 1, 1), 1e-9);
    assertEquals(0, capped(0.5).length);
  }

  @Test
  void aShardHasABoundOfItsOwn() {
    shard("1", 100);
    shard("2", 100);
    shard("3", 100);
    shards.put("1", new Shard("1", List.of("1a"), false, 0.1));
    Map<PhotoName, String> placed = place(chooser(0.5), map());
    assertEquals(0.1, share(placed, "1"), 0.015);
    assertEquals(0.45, share(placed, "2"), 0.015);
    shards.remove("2");
    shards.remove("3");
    assertEquals(1, share(place(chooser(0.5), map()), "1"), "where no other can take the rest");
  }

  @Test
  void boundsThatDoNotAddUpGiveWay() {
    assertArrayEquals(
        new double[] {0.1, 0.6, 0.3},
        ShardChooser.capped(new double[] {16, 16, 8}, 1, new double[] {0.1, 1, 1}),
        1e-9);
    assertArrayEquals(
        new double[] {0.1, 0.1, 0.4, 0.4},
        ShardChooser.capped(new double[] {1, 16, 16, 8}, 0.3, new double[] {0.1, 0.1, 1, 1}),
        1e-9,
        "the common one first, as far as it must");
    assertArrayEquals(
        new double[] {0.25, 0.75},
        ShardChooser.capped(new double[] {8, 8}, 0.5, new double[] {0.1, 0.3}),
        1e-9,
        "then all in proportion");
  }

  @Test
  void shardsOfOriginalsOnlyTakeNothing() {
    shard("1", 100);
    shard("2", 10);
    shards.put("3", new Shard("3", List.of("o", "1a"), false));
    sizes.put("3", new ShardSize(1600, 1600 - 16));
    Map<String, Server> servers = new TreeMap<>();
    for (String id : List.of("1a", "1b", "o")) {
      servers.put(id, new Server(id, "h", 1, "", "", true));
    }
    ShardChooser chooser = chooser(1);
    ClusterMap map = new ClusterMap(servers, shards, sizes, QueueSettings.NONE);
    assertEquals(List.of("2"), ids(chooser.order(names.get(0), map)));
    servers.remove("1a");
    map = new ClusterMap(servers, shards, sizes, QueueSettings.NONE);
    assertEquals(3, chooser.order(names.get(0), map).size(), "an unknown one may be ours");
  }

  @Test
  void aNewShardTakesFromAllAndMovesNothingBetweenTheOthers() {
    shard("1", 50);
    shard("2", 50);
    shard("3", 50);
    ShardChooser chooser = chooser(1);
    Map<PhotoName, String> before = place(chooser, map());
    shard("4", 100);
    Map<PhotoName, String> after = place(chooser, map());
    for (PhotoName name : names) {
      if (!after.get(name).equals("4")) {
        assertEquals(before.get(name), after.get(name));
      }
    }
    assertEquals(16 / 40.0, share(after, "4"), 0.015);
  }

  @Test
  void twoCoordinatorsAgree() {
    shard("1", 90);
    shard("2", 33);
    shard("3", 61);
    assertMoved(false, place(chooser(0.5), map()), place(chooser(0.5), map()));
  }

  @Test
  void placementIsFrozen() {
    shard("1", 100);
    shard("2", 100);
    shard("3", 100);
    ShardChooser chooser = chooser(1);
    StringBuilder placed = new StringBuilder();
    for (int i = 0; i < 24; i++) {
      placed.append(chooser.order(PhotoName.of("photo-" + i + ".jpg"), map()).get(0).id());
    }
    assertEquals("212311311311332122321132", placed.toString());
  }

  @Test
  void smallChangesOfSizeMoveNothing() {
    shard("1", 95);
    shard("2", 55);
    ShardChooser chooser = chooser(1);
    Map<PhotoName, String> before = place(chooser, map());
    shard("1", 94);
    shard("2", 57);
    assertMoved(false, before, place(chooser, map()));
    shard("1", 40);
    assertMoved(true, before, place(chooser, map()));
  }

  @Test
  void aStepIsRegainedOnlyHalfAStepLater() {
    shard("1", 51);
    shard("2", 100);
    ShardChooser chooser = chooser(1);
    place(chooser, map());
    shard("1", 50);
    Map<PhotoName, String> at50 = place(chooser, map());
    shard("1", 52);
    assertMoved(false, at50, place(chooser, map()));
    shard("1", 54);
    assertMoved(true, at50, place(chooser, map()));
  }

  @Test
  void fullAndReadOnlyAndEmptyShardsAreOut() {
    shard("1", 100);
    shard("2", 0);
    shards.put("3", new Shard("3", List.of("3a"), true));
    shards.put("4", new Shard("4", List.of(), false));
    sizes.put("3", new ShardSize(100, 0));
    sizes.put("4", new ShardSize(100, 0));
    assertEquals(List.of("1"), ids(chooser(0.5).order(names.get(0), map())));
    shards.remove("1");
    assertEquals(List.of(), chooser(0.5).order(names.get(0), map()));
  }

  @Test
  void withoutAnySizeAllWeighTheSame() {
    for (String id : List.of("1", "2", "3")) {
      shards.put(id, new Shard(id, List.of(id), false));
      sizes.put(id, new ShardSize(0, id.equals("1") ? 500 : 0));
    }
    Map<PhotoName, String> placed = place(chooser(0.5), map());
    assertEquals(1 / 3.0, share(placed, "1"), 0.015);
    assertEquals(1 / 3.0, share(placed, "2"), 0.015);
  }

  @Test
  void aShardWithoutASizeWaitsForItWhileOthersHaveOne() {
    shard("1", 10);
    shards.put("2", new Shard("2", List.of("2"), false));
    assertEquals(List.of("1"), ids(chooser(0.5).order(names.get(0), map())));
  }

  @Test
  void becomingFullIsToldOnce() {
    shard("1", 1);
    shard("2", 50);
    ShardChooser chooser = chooser(0.5);
    place(chooser, map());
    shard("1", 0);
    place(chooser, map());
    place(chooser, map());
    assertEquals(List.of("1"), full);
    shard("1", 2);
    assertEquals(List.of("2"), ids(chooser.order(names.get(0), map())));
    shard("1", 4);
    assertEquals(2, chooser.order(names.get(0), map()).size());
  }

  @Test
  void aShardWhoseNodesHaveNoRoomComesLastForAWhile() {
    shard("1", 100);
    shard("2", 10);
    ShardChooser chooser = chooser(1);
    chooser.noSpace("1");
    chooser.noSpace("1");
    assertEquals(1, share(place(chooser, map()), "2"));
    assertEquals(2, chooser.order(names.get(0), map()).size());
    assertEquals(List.of("1"), full);
    nanos.addAndGet(60_000_000_000L);
    assertTrue(share(place(chooser, map()), "1") > 0.5);
  }
}
