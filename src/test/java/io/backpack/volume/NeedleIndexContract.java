package io.backpack.volume;

import static java.util.stream.Collectors.groupingBy;
import static java.util.stream.Collectors.summingLong;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.backpack.volume.NeedleIndex.Outcome;
import io.backpack.volume.NeedleIndex.Standing;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** What the engine relies on in every index. */
public abstract class NeedleIndexContract {
  private static final long SEED = Long.getLong("backpack.seed", System.nanoTime());
  private static final int ORDERS = 12;
  private static final int ENTRIES = 5 * 4 * 5;
  private static final int VOLUMES = 4;
  private static final int START = 64;

  private final Random random = new Random(SEED);
  private final Map<Integer, Long> ends = new HashMap<>();
  private final Map<Integer, List<NeedleEntry>> written = new HashMap<>();
  private final List<NeedleEntry> applied = new ArrayList<>();
  private final int firstVolume = 1 << 24;

  /** The index under test, ready, the same for the whole test. */
  protected abstract NeedleIndex index();

  /** Tells the index's log of what was appended, before it is applied. */
  protected abstract void appended(IndexBatch batch);

  /** Waits until what was forgotten and is listed has been replayed. */
  protected abstract void replayed(Map<Integer, List<NeedleEntry>> volumes) throws Exception;

  private static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(20, TimeUnit.SECONDS);
    } catch (Exception e) {
      throw new AssertionError("seed " + SEED, e);
    }
  }

  private Outcome apply(int volume, NeedleEntry plain) {
    long from = ends.getOrDefault(volume, 0L);
    long at = Math.max(from, START);
    NeedleEntry entry = place(plain, new Location(volume, at, plain.location().length()));
    ends.put(volume, entry.location().end());
    applied.add(entry);
    written.computeIfAbsent(volume, v -> new ArrayList<>()).add(entry);
    IndexBatch batch = new IndexBatch(volume, from, entry.location().end(), List.of(entry));
    appended(batch);
    return await(index().apply(batch)).get(0);
  }

  private static NeedleEntry place(NeedleEntry entry, Location location) {
    return new NeedleEntry(
        entry.name(),
        entry.version(),
        entry.tombstone(),
        entry.supersedes(),
        entry.collided(),
        entry.generation(),
        location);
  }

  private NeedleEntry entry(String name, long version, boolean tombstone, int generation) {
    Location length = new Location(1, 0, 8L * (6 + random.nextInt(100)));
    return new NeedleEntry(
        PhotoName.of(name), new Version(version), tombstone, true, false, generation, length);
  }

  /** Different writes of a few names, some of equal version and generation. */
  private List<NeedleEntry> writes(String prefix) {
    List<NeedleEntry> entries = new ArrayList<>();
    for (int name = 0; name < 5; name++) {
      for (long version : new long[] {1, 2, 1L << 40, -1}) {
        for (int generation : new int[] {0, 1, 1, 127, 127}) {
          entries.add(entry(prefix + name, version, generation == 1 && name > 2, generation));
        }
      }
    }
    assertEquals(ENTRIES, entries.size());
    return entries;
  }

  /** The winner of each name. */
  private Map<PhotoName, NeedleEntry> winners() {
    Map<PhotoName, NeedleEntry> winners = new HashMap<>();
    for (NeedleEntry entry : applied) {
      winners.merge(entry.name(), entry, (a, b) -> b.winsOver(a) ? b : a);
    }
    return winners;
  }

  private void check() {
    Map<PhotoName, NeedleEntry> winners = winners();
    List<NeedleEntry> entries = List.copyOf(applied);
    List<Standing> standings = await(index().standing(entries));
    for (int i = 0; i < entries.size(); i++) {
      boolean wins = winners.containsValue(entries.get(i));
      assertEquals(
          wins ? Standing.CURRENT : Standing.SUPERSEDED,
          standings.get(i),
          () -> "seed " + SEED + ": " + entries);
    }
    Map<Integer, Long> dead =
        entries.stream()
            .filter(each -> !winners.containsValue(each))
            .collect(
                groupingBy(
                    each -> each.location().volume(),
                    summingLong(each -> each.location().length())));
    assertEquals(dead, await(index().deadBytes()), "seed " + SEED);
  }

  @Test
  void inWhateverOrderWritesComeTheSameOnesStandAndAllOthersAreDead() {
    for (int order = 0; order < ORDERS; order++) {
      List<NeedleEntry> writes = writes("order" + order + "-");
      Collections.shuffle(writes, random);
      for (NeedleEntry write : writes) {
        apply(firstVolume + random.nextInt(VOLUMES), write);
      }
      check();
    }
  }

  @Test
  void anOutcomeTellsWhetherItWonAndWhatStands() {
    NeedleEntry second = entry("a", 2, false, 0);
    assertEquals(new Outcome(true, new Version(2)), apply(firstVolume, second));
    assertEquals(new Outcome(false, new Version(2)), apply(firstVolume, entry("a", 1, false, 9)));
    assertEquals(new Outcome(true, new Version(2)), apply(firstVolume, entry("a", 2, false, 1)));
    assertEquals(new Outcome(true, new Version(2)), apply(firstVolume, entry("a", 2, true, 0)));
    assertEquals(new Outcome(false, new Version(2)), apply(firstVolume, entry("a", 2, false, 127)));
    assertEquals(new Outcome(true, new Version(-1)), apply(firstVolume, entry("a", -1, false, 0)));
    check();
  }

  @Test
  void ofEqualGenerationsTheOneInTheHigherPlaceStands() {
    for (int generation : new int[] {0, 127}) {
      String name = "a" + generation;
      Outcome won = new Outcome(true, new Version(1));
      assertEquals(won, apply(firstVolume, entry(name, 1, false, generation)));
      assertEquals(won, apply(firstVolume, entry(name, 1, false, generation)));
      assertEquals(won, apply(firstVolume + 1, entry(name, 1, false, generation)));
      Outcome lost = new Outcome(false, new Version(1));
      assertEquals(lost, apply(firstVolume, entry(name, 1, false, generation)));
    }
    check();
  }

  @Test
  void whatTheIndexLacksIsUnindexed() {
    apply(firstVolume, entry("known", 5, false, 0));
    List<NeedleEntry> others =
        List.of(
            entry("unknown", 1, false, 0),
            entry("known", 6, false, 0),
            entry("known", 5, false, 1),
            entry("known", 5, true, 0),
            entry("known", 4, true, 0));
    assertEquals(
        List.of(
            Standing.UNINDEXED,
            Standing.UNINDEXED,
            Standing.UNINDEXED,
            Standing.UNINDEXED,
            Standing.SUPERSEDED),
        await(index().standing(others)));
  }

  @Test
  void aVolumeThatIsForgottenIsAppliedAgainAndCountedAnew() throws Exception {
    List<NeedleEntry> writes = writes("again");
    Collections.shuffle(writes, random);
    for (NeedleEntry write : writes) {
      apply(firstVolume + random.nextInt(VOLUMES), write);
    }
    check();
    for (int volume : List.copyOf(written.keySet())) {
      await(index().forget(List.of(volume)));
      replayed(Map.of(volume, written.get(volume)));
      check();
    }
    await(index().forget(written.keySet()));
    replayed(written);
    check();
  }

  @Test
  void aBatchThatIsNotTheNextOneIsRefusedAndChangesNothing() {
    apply(firstVolume, entry("a", 1, false, 0));
    NeedleEntry late = place(entry("a", 9, false, 0), new Location(firstVolume, 80_000, 104));
    CompletableFuture<List<Outcome>> refused =
        index().apply(new IndexBatch(firstVolume, 80_000, 80_104, List.of(late)));
    assertThrows(Exception.class, () -> refused.get(20, TimeUnit.SECONDS));
  }
}
