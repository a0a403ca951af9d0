package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Held;
import io.backpack.api.HeldName;
import io.backpack.api.HeldSums;
import io.backpack.api.Holdings;
import io.backpack.api.Lost;
import io.backpack.api.PhotoName;
import io.backpack.index.HeldIndex;
import io.backpack.index.IndexEntry;
import io.backpack.volume.VolumeSet;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/**
 * What this node has: what its index says, without what is known to be damaged or lost. An index
 * that has lost needles of which nobody knows any more what they were says so as well: they come
 * back with the difference to another node.
 */
final class LocalHoldings implements Holdings {
  /** Reads of heads under way for one call. */
  private static final int LANES = 4;

  private final HeldIndex index;
  private final VolumeSet volumes;
  private final DiskReads reads;
  private final LostEntries lost;

  /** The names of some needles, and hashes whose needles were moved meanwhile. */
  private record Heads(List<HeldName> names, List<Long> moved) {}

  LocalHoldings(HeldIndex index, VolumeSet volumes, DiskReads reads) {
    this.index = index;
    this.volumes = volumes;
    this.reads = reads;
    this.lost = new LostEntries(index, volumes, reads);
  }

  @Override
  public Future<HeldSums> sums() {
    return index.sums().compose(lost::without);
  }

  @Override
  public Future<List<Held>> list(List<Integer> slots) {
    return list(slots, each -> true);
  }

  @Override
  public Future<List<Held>> tombstones(List<Integer> slots) {
    return list(slots, each -> each.lookup().tombstone());
  }

  private Future<List<Held>> list(List<Integer> slots, Predicate<IndexEntry> wanted) {
    if (slots.size() > MAX_SLOTS
        || slots.stream().anyMatch(each -> each < 0 || each >= Held.SLOTS)) {
      return refuse("at most " + MAX_SLOTS + " slots, each below " + Held.SLOTS);
    }
    return index
        .list(slots)
        .map(entries -> entries.stream().filter(wanted).toList())
        .compose(lost::kept)
        .map(entries -> entries.stream().map(IndexEntry::held).toList());
  }

  @Override
  public Future<List<HeldName>> names(List<Long> hashes) {
    return hashes.size() > MAX_NAMES
        ? refuse("at most " + MAX_NAMES + " hashes")
        : names(hashes, CurrentNeedles.TRIES);
  }

  @Override
  public Future<Lost> lost() {
    return lost.all();
  }

  private static <T> Future<T> refuse(String message) {
    return Future.failedFuture(new BackpackException(ErrorCode.BAD_REQUEST, message));
  }

  private Future<List<HeldName>> names(List<Long> hashes, int tries) {
    return index
        .find(hashes)
        .compose(lost::kept)
        .compose(this::heads)
        .compose(
            heads ->
                heads.moved.isEmpty() || tries == 0
                    ? Future.succeededFuture(heads.names)
                    : names(heads.moved, tries - 1)
                        .map(
                            rest -> {
                              heads.names.addAll(rest);
                              return heads.names;
                            }));
  }

  private Future<Heads> heads(List<IndexEntry> entries) {
    int each = (entries.size() + LANES - 1) / LANES;
    List<Future<Heads>> lanes =
        IntStream.range(0, LANES)
            .mapToObj(
                lane ->
                    entries.subList(
                        Math.min(entries.size(), lane * each),
                        Math.min(entries.size(), (lane + 1) * each)))
            .filter(part -> !part.isEmpty())
            .map(part -> reads.run(() -> read(part)))
            .toList();
    return Future.join(lanes)
        .map(
            all -> {
              Heads joined = new Heads(new ArrayList<>(), new ArrayList<>());
              for (Future<Heads> lane : lanes) {
                joined.names.addAll(lane.result().names);
                joined.moved.addAll(lane.result().moved);
              }
              return joined;
            });
  }

  private Heads read(List<IndexEntry> entries) {
    Heads heads = new Heads(new ArrayList<>(), new ArrayList<>());
    for (IndexEntry entry : entries) {
      try {
        entry
            .name()
            .or(() -> nameOf(entry))
            .ifPresent(
                name ->
                    heads.names.add(
                        new HeldName(name, entry.lookup().version(), entry.lookup().tombstone())));
      } catch (BackpackException failure) {
        if (!volumes.lists(entry.lookup().location().volume())) {
          heads.moved.add(entry.hash());
        } else if (failure.code() != ErrorCode.DAMAGED
            && failure.code() != ErrorCode.MISSING
            && failure.code() != ErrorCode.STORAGE_FAILED) {
          throw failure;
        }
      }
    }
    return heads;
  }

  /** Nothing when the disk gave the needle of another name. */
  private Optional<PhotoName> nameOf(IndexEntry entry) {
    PhotoName name = volumes.openNeedle(entry.lookup().location()).name();
    return index.hash(name) == entry.hash() ? Optional.of(name) : Optional.empty();
  }
}
