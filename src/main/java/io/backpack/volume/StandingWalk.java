package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Walks the needles of a sealed volume in the order of the disk and asks the index about each. For
 * one thread.
 */
final class StandingWalk {
  /** What the walk meets. */
  interface Sink {
    /** Readers of its name are sent to this needle. */
    void live(NeedleEntry entry) throws IOException;

    /** Another needle has taken its place. */
    void dead(NeedleEntry entry);

    /** Here was something once, nobody knows what. */
    void gap(long from, long to);
  }

  /** Entries in one question: those who look names up wait behind it. */
  private static final int GROUP = 256;

  private final Disk disk;
  private final DamageReport damage;
  private final PatientIndex index;

  StandingWalk(Disk disk, DamageReport damage, PatientIndex index) {
    this.disk = disk;
    this.damage = damage;
    this.index = index;
  }

  /**
   * Walks all of it.
   *
   * @throws BackpackException {@link ErrorCode#INDEX_UNAVAILABLE} when the index lacks a needle; it
   *     was told to replay the volume
   */
  void run(Volume volume, Sink sink) throws IOException {
    long[] expected = {Volume.START};
    new Replay(
            disk,
            volume,
            0,
            damage,
            batch -> {
              List<NeedleEntry> entries = batch.entries();
              for (int from = 0; from < entries.size(); from += GROUP) {
                int to = Math.min(entries.size(), from + GROUP);
                expected[0] = walk(volume, entries.subList(from, to), expected[0], sink);
              }
              return true;
            })
        .run();
    if (expected[0] < volume.length()) {
      sink.gap(expected[0], volume.length());
    }
  }

  private long walk(Volume volume, List<NeedleEntry> group, long begin, Sink sink)
      throws IOException {
    List<NeedleIndex.Standing> standings = standings(volume, group);
    long expected = begin;
    for (int i = 0; i < group.size(); i++) {
      NeedleEntry entry = group.get(i);
      if (entry.location().offset() > expected) {
        sink.gap(expected, entry.location().offset());
      }
      expected = entry.location().end();
      if (standings.get(i) == NeedleIndex.Standing.CURRENT) {
        sink.live(entry);
      } else {
        sink.dead(entry);
      }
    }
    return expected;
  }

  /** A batch that is on its way to the index is lacking for a moment, which is no reason to act. */
  private List<NeedleIndex.Standing> standings(Volume volume, List<NeedleEntry> group) {
    long since = System.nanoTime();
    List<NeedleIndex.Standing> standings = index.standing(new ArrayList<>(group));
    while (standings.contains(NeedleIndex.Standing.UNINDEXED)) {
      if (!index.rest(since)) {
        index.forget(List.of(volume.id()));
        throw new BackpackException(
            ErrorCode.INDEX_UNAVAILABLE,
            "the index lacks needles of volume "
                + Integer.toUnsignedString(volume.id())
                + " and replays it now: compact it again when the index has caught up");
      }
      standings = index.standing(new ArrayList<>(group));
    }
    return standings;
  }
}
