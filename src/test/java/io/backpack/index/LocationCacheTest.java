package io.backpack.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.Version;
import io.backpack.volume.Location;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class LocationCacheTest {
  private static Lookup entry(long version) {
    return new Lookup(
        new Version(version),
        version % 5 == 0,
        (int) version & 0x7f,
        new Location(0xfe00_0000 | (int) version & 0xff, version % 1000 * 8, 8 + version % 77 * 8));
  }

  @Test
  void keepsWhatItWasGiven() {
    LocationCache cache = new LocationCache(1000);
    Lookup large =
        new Lookup(
            new Version(-1), true, 127, new Location(-1, 0xffff_fffeL * 8, 0x7fff_ffffL * 8));
    cache.put(7, large);
    cache.put(0, entry(3));
    assertEquals(large, cache.find(7));
    assertEquals(entry(3), cache.find(0));
    assertNull(cache.find(8));
    cache.invalidate(7);
    assertNull(cache.find(7));
    assertEquals(1, cache.size());
  }

  @Test
  void aWriteBetweenTheQuestionAndTheAnswerKeepsTheAnswerOut() {
    LocationCache cache = new LocationCache(1000);
    long stamp = cache.stamp(7);
    cache.invalidate(7);
    cache.fill(7, stamp, entry(1));
    assertNull(cache.find(7));
    cache.put(7, entry(2));
    cache.fill(7, stamp, entry(1));
    assertEquals(entry(2), cache.find(7));
    cache.fill(7, cache.stamp(7), entry(3));
    assertEquals(entry(3), cache.find(7));
  }

  @Test
  void neverHoldsMoreThanItMayNorAnythingElseThanTheLast() {
    long seed = 99;
    Random random = new Random(seed);
    LocationCache cache = new LocationCache(256);
    Map<Long, Lookup> model = new HashMap<>();
    for (int i = 1; i < 200_000; i++) {
      long hash = random.nextInt(2000) * 0x9e37_79b9_7f4a_7c15L;
      switch (random.nextInt(4)) {
        case 0 -> {
          cache.put(hash, entry(i));
          model.put(hash, entry(i));
        }
        case 1 -> {
          cache.invalidate(hash);
          model.remove(hash);
        }
        default -> {
          Lookup found = cache.find(hash);
          if (found != null) {
            assertEquals(model.get(hash), found, "seed " + seed);
          }
        }
      }
    }
    assertTrue(cache.size() <= 256, "it has " + cache.size());
    assertTrue(cache.size() > 150, "it has " + cache.size());
    assertTrue(cache.hits() > 1000, "hits: " + cache.hits());
  }

  @Test
  void whatIsAskedForOftenStays() {
    LocationCache cache = new LocationCache(800);
    for (long hash = 0; hash < 200; hash++) {
      cache.put(hash, entry(hash + 1));
    }
    Random random = new Random(5);
    int kept = 0;
    for (int i = 0; i < 50_000; i++) {
      cache.put(1000 + random.nextInt(1_000_000), entry(1));
      cache.find(i % 200);
    }
    for (long hash = 0; hash < 200; hash++) {
      kept += cache.find(hash) != null ? 1 : 0;
    }
    assertTrue(kept > 180, "only " + kept + " of 200 stayed");
  }

  @Test
  void noneIsAllowed() {
    LocationCache cache = new LocationCache(0);
    cache.put(7, entry(1));
    cache.fill(7, cache.stamp(7), entry(1));
    cache.invalidate(7);
    assertNull(cache.find(7));
    assertEquals(0, cache.capacity());
  }
}
