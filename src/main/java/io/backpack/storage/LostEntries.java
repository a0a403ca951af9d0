package io.backpack.storage;

import io.backpack.api.Held;
import io.backpack.api.HeldSums;
import io.backpack.api.PhotoName;
import io.backpack.index.HeldIndex;
import io.backpack.index.IndexEntry;
import io.backpack.index.Lookup;
import io.backpack.volume.Damage;
import io.backpack.volume.VolumeSet;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The entries of the index whose needles the node is known not to have any more: they are damaged,
 * or in a volume that is gone for good. What the node tells others that it has is without them, so
 * that it is given them anew. Safe for use by any thread.
 *
 * <p>Where damage has the name of its needle the index is asked for that. Of the rest, and of lost
 * volumes, only the place is known, and all entries are gone through once to see which lie there.
 */
final class LostEntries {
  /**
   * Entries in known places that are remembered; where there are more all are gone through again.
   */
  private static final int MAX_REMEMBERED = 100_000;

  private static final int SLOTS_AT_ONCE = 64;

  /** Above it a volume's id has the number of its directory. */
  private static final int ORDINAL_SHIFT = 24;

  private final HeldIndex index;
  private final VolumeSet volumes;
  private final DiskReads reads;
  private volatile Walk last = new Walk(Set.of(), HeldSums.NONE, Set.of());
  private Future<Walk> walking = Future.succeededFuture(last);

  /** Where something is lost of which no name is known. */
  private record Place(int volume, long offset, long length) {}

  /** What is known to be lost. */
  private record Known(Set<Long> hashes, Set<Place> places) {}

  /**
   * All entries were gone through.
   *
   * @param places that were known before
   * @param lost sums over what was found, wherever it lies
   * @param hashes of what was found; none when they are too many to keep
   */
  private record Walk(Set<Place> places, HeldSums lost, Set<Long> hashes) {}

  LostEntries(HeldIndex index, VolumeSet volumes, DiskReads reads) {
    this.index = index;
    this.volumes = volumes;
    this.reads = reads;
  }

  /**
   * Whether the needle of an entry is lost. A volume that is not listed may also have been
   * compacted after the entry was looked up.
   */
  boolean lost(Lookup entry) {
    return volumes.damaged(entry.location()) || gone(entry.location().volume());
  }

  /** What a directory holds that is only away is not lost yet. */
  private boolean gone(int volume) {
    return !volumes.lists(volume) && volumes.missing().isEmpty();
  }

  /** The entries that are not lost. */
  Future<List<IndexEntry>> kept(List<IndexEntry> entries) {
    Set<Long> moved = new HashSet<>();
    return reads
        .run(
            () -> {
              List<IndexEntry> kept = new ArrayList<>(entries.size());
              for (IndexEntry each : entries) {
                if (!lost(each.lookup())) {
                  kept.add(each);
                } else if (!volumes.lists(each.lookup().location().volume())) {
                  moved.add(each.hash());
                }
              }
              return kept;
            })
        .compose(
            kept ->
                moved.isEmpty()
                    ? Future.succeededFuture(kept)
                    : find(List.copyOf(moved), 0, new ArrayList<>())
                        .map(
                            found -> {
                              kept.removeIf(each -> moved.contains(each.hash()));
                              found.removeIf(each -> lost(each.lookup()));
                              kept.addAll(found);
                              return kept;
                            }));
  }

  /** Sums without what is lost. */
  Future<HeldSums> without(HeldSums sums) {
    return reads
        .run(this::known)
        .compose(
            known -> {
              Walk walk = last;
              if (!walk.places.containsAll(known.places)) {
                return walk(known.places).map(fresh -> sums.minus(fresh.lost));
              }
              if (walk.hashes.isEmpty() && !walk.lost.equals(HeldSums.NONE)) {
                // Too many to ask for: what was repaired since seems lost until the next time.
                walk(known.places).onFailure(failure -> {});
                return Future.succeededFuture(sums.minus(walk.lost));
              }
              Set<Long> hashes = new HashSet<>(known.hashes);
              hashes.addAll(walk.hashes);
              return find(List.copyOf(hashes), 0, new ArrayList<>())
                  .map(found -> sums.without(lost(found)));
            });
  }

  private List<Held> lost(List<IndexEntry> entries) {
    return entries.stream()
        .filter(each -> lost(each.lookup()))
        .map(IndexEntry::held)
        .collect(Collectors.toList());
  }

  private Known known() {
    Set<Long> hashes = new HashSet<>();
    Set<Place> places = new HashSet<>();
    for (Damage each : volumes.damage()) {
      Optional<PhotoName> name = each.name();
      if (name.isPresent()) {
        hashes.add(index.hash(name.get()));
      } else {
        places.add(new Place(each.volume(), each.offset(), each.length()));
      }
    }
    Set<Integer> directories =
        volumes.volumes().stream()
            .map(each -> each.id() >>> ORDINAL_SHIFT)
            .collect(Collectors.toSet());
    for (int volume : index.volumes()) {
      // One that is gone from a directory that is there was compacted: no entry points to it.
      if (gone(volume) && !directories.contains(volume >>> ORDINAL_SHIFT)) {
        places.add(new Place(volume, 0, Long.MAX_VALUE));
      }
    }
    return new Known(hashes, places);
  }

  private Future<List<IndexEntry>> find(List<Long> hashes, int first, List<IndexEntry> found) {
    if (first >= hashes.size()) {
      return Future.succeededFuture(found);
    }
    int end = Math.min(hashes.size(), first + HeldIndex.MAX_HASHES);
    return index
        .find(hashes.subList(first, end))
        .compose(
            some -> {
              found.addAll(some);
              return find(hashes, end, found);
            });
  }

  /** Several who ask at a time wait for one walk. */
  private synchronized Future<Walk> walk(Set<Place> places) {
    if (walking.isComplete()) {
      walking =
          walk(places, 0, HeldSums.NONE, new HashSet<>())
              .onSuccess(
                  walk -> {
                    last = walk;
                  });
    }
    return walking;
  }

  private Future<Walk> walk(Set<Place> places, int first, HeldSums lost, Set<Long> hashes) {
    if (first >= Held.SLOTS) {
      boolean few = hashes.size() <= MAX_REMEMBERED;
      return Future.succeededFuture(new Walk(places, lost, few ? Set.copyOf(hashes) : Set.of()));
    }
    int end = Math.min(Held.SLOTS, first + SLOTS_AT_ONCE);
    return index
        .list(IntStream.range(first, end).boxed().toList())
        .compose(
            entries ->
                reads.run(() -> entries.stream().filter(each -> lost(each.lookup())).toList()))
        .compose(
            some -> {
              List<Held> held = some.stream().map(IndexEntry::held).toList();
              some.stream()
                  .limit(Math.max(0, MAX_REMEMBERED + 1L - hashes.size()))
                  .forEach(each -> hashes.add(each.hash()));
              return walk(places, end, held.isEmpty() ? lost : lost.with(held), hashes);
            });
  }
}
