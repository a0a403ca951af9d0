package io.backpack.storage;

import io.backpack.api.Held;
import io.backpack.api.HeldSums;
import io.backpack.api.Lost;
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
import java.util.function.Predicate;
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
  private static final int SLOTS_AT_ONCE = 64;

  /** Above it a volume's id has the number of its directory. */
  private static final int ORDINAL_SHIFT = 24;

  private final HeldIndex index;
  private final VolumeSet volumes;
  private final DiskReads reads;
  private final int remembered;
  private final LostWalks walks;

  /**
   * What is known to be lost.
   *
   * @param more more is damaged than can be remembered
   */
  private record Known(Set<Long> hashes, Set<LostPlace> places, boolean more) {
    /** With what a walk has found. */
    List<Long> hashes(LostWalk walk) {
      Set<Long> all = new HashSet<>(hashes);
      all.addAll(walk.hashes());
      return List.copyOf(all);
    }
  }

  LostEntries(HeldIndex index, VolumeSet volumes, DiskReads reads) {
    this(index, volumes, reads, LostWalks.Limits.DEFAULT);
  }

  LostEntries(HeldIndex index, VolumeSet volumes, DiskReads reads, LostWalks.Limits limits) {
    this.index = index;
    this.volumes = volumes;
    this.reads = reads;
    this.remembered = limits.remembered();
    this.walks = new LostWalks(this::walk, limits, System::nanoTime);
  }

  /**
   * Whether the needle of an entry is lost. A volume that is not listed may also have been
   * compacted after the entry was looked up.
   */
  private boolean lost(IndexEntry entry) {
    Lookup lookup = entry.lookup();
    return volumes.damaged(lookup.location()) || gone(lookup.location().volume());
  }

  /** What a directory holds that is only away is not lost yet. */
  private boolean gone(int volume) {
    return !volumes.lists(volume) && volumes.missing().isEmpty();
  }

  /** The entries that are not lost. */
  Future<List<IndexEntry>> kept(List<IndexEntry> entries) {
    return settled(entries).compose(now -> those(now, each -> !lost(each)));
  }

  /** The entries as they are now: a volume that is gone may have been compacted meanwhile. */
  private Future<List<IndexEntry>> settled(List<IndexEntry> entries) {
    List<IndexEntry> settled = new ArrayList<>(entries);
    Set<Long> moved = new HashSet<>();
    for (IndexEntry each : entries) {
      if (gone(each.lookup().location().volume())) {
        moved.add(each.hash());
      }
    }
    settled.removeIf(each -> moved.contains(each.hash()));
    return moved.isEmpty() ? Future.succeededFuture(settled) : find(List.copyOf(moved), 0, settled);
  }

  private Future<List<IndexEntry>> those(List<IndexEntry> entries, Predicate<IndexEntry> which) {
    return entries.isEmpty()
        ? Future.succeededFuture(entries)
        : reads.run(() -> entries.stream().filter(which).toList());
  }

  /** Sums without what is lost. */
  Future<HeldSums> without(HeldSums sums) {
    Future<Known> known = reads.run(this::known);
    return known
        .compose(found -> walks.of(found.places))
        .compose(
            walk -> {
              if (!walk.all()) {
                // Too many to ask for: what was repaired since seems lost, and what was lost since
                // seems to be there, until the next walk.
                return Future.succeededFuture(sums.minus(walk.sums()));
              }
              return find(known.result().hashes(walk), 0, new ArrayList<>())
                  .compose(found -> those(found, this::lost))
                  .map(lost -> sums.without(held(lost)));
            });
  }

  /** What is lost. */
  Future<Lost> all() {
    Future<Boolean> unnamed = index.hasHoles();
    Future<Known> known = unnamed.compose(found -> reads.run(this::known));
    Future<LostWalk> walk = known.compose(found -> walks.of(found.places));
    return walk.compose(done -> lost(known.result().hashes(done), 0, new ArrayList<>()))
        .map(
            lost ->
                new Lost(
                    lost.stream().limit(Lost.MAX).toList(),
                    lost.size() > Lost.MAX
                        || known.result().more
                        || !walk.result().all()
                        || !walk.result().covers(known.result().places),
                    unnamed.result()));
  }

  private Future<List<Held>> lost(List<Long> hashes, int first, List<Held> before) {
    if (first >= hashes.size() || before.size() > Lost.MAX) {
      return Future.succeededFuture(before);
    }
    int end = Math.min(hashes.size(), first + HeldIndex.MAX_HASHES);
    return index
        .find(hashes.subList(first, end))
        .compose(this::settled)
        .compose(entries -> those(entries, this::lost))
        .compose(
            lost -> {
              before.addAll(held(lost));
              return lost(hashes, end, before);
            });
  }

  private static List<Held> held(List<IndexEntry> entries) {
    return entries.stream().map(IndexEntry::held).toList();
  }

  private Known known() {
    Set<Long> hashes = new HashSet<>();
    Set<LostPlace> places = new HashSet<>();
    long before = volumes.damageCount();
    List<Damage> damage = volumes.damage();
    // Counted on both sides: some may be found, or repaired, meanwhile.
    boolean more = Math.min(before, volumes.damageCount()) > damage.size();
    for (Damage each : damage) {
      Optional<PhotoName> name = each.name();
      if (name.isPresent()) {
        hashes.add(index.hash(name.get()));
      } else {
        places.add(new LostPlace(each.volume(), each.offset(), each.length()));
      }
    }
    Set<Integer> directories =
        volumes.volumes().stream()
            .map(each -> each.id() >>> ORDINAL_SHIFT)
            .collect(Collectors.toSet());
    for (int volume : index.volumes()) {
      // One that is gone from a directory that is there was compacted: no entry points to it.
      if (gone(volume) && !directories.contains(volume >>> ORDINAL_SHIFT)) {
        places.add(LostPlace.all(volume));
      }
    }
    return new Known(hashes, places, more);
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

  private Future<LostWalk> walk(Set<LostPlace> places) {
    return walk(places, 0, HeldSums.NONE, new HashSet<>());
  }

  private Future<LostWalk> walk(Set<LostPlace> places, int first, HeldSums lost, Set<Long> hashes) {
    if (first >= Held.SLOTS) {
      boolean all = hashes.size() <= remembered;
      return Future.succeededFuture(new LostWalk(places, lost, hashes, all));
    }
    int end = Math.min(Held.SLOTS, first + SLOTS_AT_ONCE);
    return index
        .list(IntStream.range(first, end).boxed().toList())
        .compose(entries -> those(entries, this::lost))
        .compose(
            some -> {
              some.stream()
                  .limit(Math.max(0, remembered + 1L - hashes.size()))
                  .forEach(each -> hashes.add(each.hash()));
              return walk(places, end, some.isEmpty() ? lost : lost.with(held(some)), hashes);
            });
  }
}
