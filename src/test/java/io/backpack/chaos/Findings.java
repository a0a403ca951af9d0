package io.backpack.chaos;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** What was found, counted by kind, with the first of each in words. Safe for several threads. */
final class Findings {
  /** What there is to find. */
  enum Kind {
    LOST(true, "acknowledged, and not there at the end"),
    WRONG_BYTES(true, "bytes that nobody ever sent under the name"),
    UNDELETED(true, "an acknowledged delete that is undone"),
    OTHER_UPLOAD(true, "an older or refused upload instead of the acknowledged one"),
    ORDER(true, "acknowledged below what was acknowledged before"),
    DENIED(true, "404 or 410 for an acknowledged photo, through a coordinator or all nodes"),
    STUCK(true, "not ready, not empty or not equal when all was well again for a while"),
    UNREPAIRED(true, "a node that differs from what was acknowledged, after repair"),
    LOST_DEGRADED(false, "acknowledged with one copy while the disk that has it was being taken"),
    UNDELETED_DEGRADED(false, "a delete that only one node had while its disk was being taken"),
    DEAD_LETTER(false, "a copy that the replicators gave up"),
    NODE_DENIED(false, "404 of a single node for an acknowledged photo"),
    RETURNED_DENIED(false, "404 or 410 for a photo that was stored again after a delete"),
    STALE(false, "bytes that had been deleted"),
    REFUSED_SEEN(false, "bytes of a refused upload where nothing else is stored"),
    MOVED_SEEN(
        false, "bytes of an upload that moved to another shard where nothing else is stored");

    private final boolean failure;
    private final String words;

    Kind(boolean failure, String words) {
      this.failure = failure;
      this.words = words;
    }

    /** Whether the campaign has failed with one of these. */
    boolean failure() {
      return failure;
    }

    String words() {
      return words;
    }
  }

  private static final int TOLD = 10;

  private final Map<Kind, Long> counts = new EnumMap<>(Kind.class);
  private final Map<Kind, List<String>> told = new EnumMap<>(Kind.class);
  private long checked;
  private long gone;

  synchronized void add(Kind kind, String what) {
    counts.merge(kind, 1L, Long::sum);
    List<String> list = told.computeIfAbsent(kind, key -> new ArrayList<>());
    if (list.size() < TOLD) {
      list.add(what);
    }
  }

  /**
   * Of what was lost with a disk no more than this many may have been on that disk alone.
   *
   * @param degraded uploads of one copy that there were
   */
  synchronized void excuse(long degraded) {
    long lost = count(Kind.LOST_DEGRADED);
    if (lost > degraded) {
      add(Kind.LOST, lost + " lost with a disk, but only " + degraded + " uploads were degraded");
    }
  }

  /** Counts a name that was looked at. */
  synchronized void checked(boolean deleted) {
    checked++;
    gone += deleted ? 1 : 0;
  }

  synchronized long names() {
    return checked;
  }

  synchronized long deletes() {
    return gone;
  }

  synchronized long count(Kind kind) {
    return counts.getOrDefault(kind, 0L);
  }

  synchronized List<String> examples(Kind kind) {
    return List.copyOf(told.getOrDefault(kind, List.of()));
  }

  synchronized boolean failed() {
    return counts.keySet().stream().anyMatch(Kind::failure);
  }
}
