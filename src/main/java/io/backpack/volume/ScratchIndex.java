package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * An index in memory, made from the index logs, for tools that decide what is live from the
 * directories alone. It keeps no names: a name is 96 bits of its SHA-256 under a key drawn anew for
 * each index, so that of 100 million names two are taken for one with a chance of 1 in 10^13, and
 * nobody can choose names that are. It costs {@value #SLOT_BYTES} bytes a name and a sixth more.
 *
 * <p>All methods may be called by any thread, and answer at once.
 */
public final class ScratchIndex implements NeedleIndex {
  /** Hash 12, version 8, volume, offset and length 12, generation and tombstone 1. */
  static final int SLOT_BYTES = 33;

  private static final int LOAD_PERCENT = 85;
  private static final int PERCENT = 100;
  private static final int MIN_SLOTS = 1024;
  private static final int KEY_BYTES = 16;

  private final byte[] key = new byte[KEY_BYTES];
  private final MessageDigest sha = sha256();
  private final Map<Integer, Long> dead = new HashMap<>();
  private final Map<Integer, Long> checkpoints = new HashMap<>();
  private int slots;
  private int used;
  private long[] hashes;
  private int[] checks;
  private long[] versions;
  private int[] volumes;
  private int[] offsets; // / 8
  private int[] lengths; // / 8; 0: the slot is free
  private byte[] states; // generation << 1 | tombstone

  ScratchIndex(long expected) {
    new SecureRandom().nextBytes(key);
    allocate(slotsFor(expected));
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int slotsFor(long entries) {
    long wanted = Math.max(MIN_SLOTS, entries * PERCENT / LOAD_PERCENT + 1);
    if (wanted > Integer.MAX_VALUE - 8) {
      throw new BackpackException(
          ErrorCode.TOO_LARGE, "an index in memory has room for 1.8 billion needles at most");
    }
    return (int) wanted;
  }

  /** Bytes of heap that an index of so many needles takes. */
  public static long heapBytes(long needles) {
    return slotsFor(needles) * (long) SLOT_BYTES;
  }

  /**
   * Makes one. Blocks; reads the index logs, or the volumes where those are not whole.
   *
   * @param pace is told bytes of the volumes that were gone through
   * @throws BackpackException {@link ErrorCode#OVERLOADED} when the heap is too small, with what to
   *     do, {@link ErrorCode#NOT_READY} when the pace ended it
   */
  public static ScratchIndex of(StoreReader reader, Pace pace) throws IOException {
    long needles = reader.volumes().stream().mapToLong(VolumeInfo::needles).sum();
    checkHeap(needles);
    ScratchIndex index = new ScratchIndex(needles);
    for (NeedleLog.Extent extent : reader.extents()) {
      reader.replay(
          extent.volume(),
          0,
          batch -> {
            index.add(batch);
            if (!pace.proceed(batch.to() - batch.from())) {
              throw new BackpackException(ErrorCode.NOT_READY, "ended before all was read");
            }
            return true;
          });
    }
    return index;
  }

  private static void checkHeap(long needles) {
    long needed = heapBytes(needles);
    Runtime jvm = Runtime.getRuntime();
    long free = jvm.maxMemory() - (jvm.totalMemory() - jvm.freeMemory());
    if (needed > free - free / 8) {
      throw new BackpackException(
          ErrorCode.OVERLOADED,
          String.format(
              Locale.ROOT,
              "the index of %,d needles needs %,d MiB of heap, %,d MiB are free: run it with"
                  + " JAVA_TOOL_OPTIONS=-Xmx%dm",
              needles,
              needed >> 20,
              free >> 20,
              (needed + needed / 4 >> 20) + 256));
    }
  }

  private void allocate(int count) {
    slots = count;
    used = 0;
    hashes = new long[count];
    checks = new int[count];
    versions = new long[count];
    volumes = new int[count];
    offsets = new int[count];
    lengths = new int[count];
    states = new byte[count];
  }

  private synchronized void add(IndexBatch batch) {
    checkpoints.put(batch.volume(), batch.to());
    batch.entries().forEach(this::add);
  }

  private boolean add(NeedleEntry entry) {
    if ((long) used * PERCENT >= (long) slots * LOAD_PERCENT) {
      grow();
    }
    int slot = find(entry.name());
    boolean fresh = lengths[slot] == 0;
    boolean same = !fresh && at(slot, entry.name()).location().equals(entry.location());
    boolean won = fresh || !same && entry.winsOver(at(slot, entry.name()));
    if (!fresh && !same) {
      Location buried = won ? at(slot, entry.name()).location() : entry.location();
      dead.merge(buried.volume(), buried.length(), Long::sum);
    }
    if (won) {
      used += fresh ? 1 : 0;
      set(slot, entry);
    }
    return won || same;
  }

  private void set(int slot, NeedleEntry entry) {
    Location location = entry.location();
    versions[slot] = entry.version().bits();
    volumes[slot] = location.volume();
    offsets[slot] = (int) (location.offset() / Location.ALIGNMENT);
    lengths[slot] = (int) (location.length() / Location.ALIGNMENT);
    states[slot] = (byte) (entry.generation() << 1 | (entry.tombstone() ? 1 : 0));
  }

  private NeedleEntry at(int slot, PhotoName name) {
    int state = Byte.toUnsignedInt(states[slot]);
    return new NeedleEntry(
        name,
        new Version(versions[slot]),
        (state & 1) != 0,
        false,
        false,
        state >> 1,
        new Location(
            volumes[slot],
            Integer.toUnsignedLong(offsets[slot]) * Location.ALIGNMENT,
            Integer.toUnsignedLong(lengths[slot]) * Location.ALIGNMENT));
  }

  /** The slot of a name, or the free one where it belongs, with its hash written. */
  private int find(PhotoName name) {
    sha.update(key);
    ByteBuffer digest = ByteBuffer.wrap(sha.digest(name.utf8())).order(ByteOrder.LITTLE_ENDIAN);
    long hash = digest.getLong(0);
    int check = digest.getInt(8);
    int slot = slotOf(hash);
    while (lengths[slot] != 0 && (hashes[slot] != hash || checks[slot] != check)) {
      slot = next(slot);
    }
    if (lengths[slot] == 0) {
      hashes[slot] = hash;
      checks[slot] = check;
    }
    return slot;
  }

  private int slotOf(long hash) {
    return (int) Math.floorMod(hash, (long) slots);
  }

  private int next(int slot) {
    return slot + 1 == slots ? 0 : slot + 1;
  }

  private void grow() {
    int oldSlots = slots;
    long[] oldHashes = hashes;
    int[] oldChecks = checks;
    long[] oldVersions = versions;
    int[] oldVolumes = volumes;
    int[] oldOffsets = offsets;
    int[] oldLengths = lengths;
    byte[] oldStates = states;
    allocate(slotsFor(oldSlots + (long) (oldSlots / 2)));
    for (int i = 0; i < oldSlots; i++) {
      if (oldLengths[i] == 0) {
        continue;
      }
      int slot = slotOf(oldHashes[i]);
      while (lengths[slot] != 0) {
        slot = next(slot);
      }
      hashes[slot] = oldHashes[i];
      checks[slot] = oldChecks[i];
      versions[slot] = oldVersions[i];
      volumes[slot] = oldVolumes[i];
      offsets[slot] = oldOffsets[i];
      lengths[slot] = oldLengths[i];
      states[slot] = oldStates[i];
      used++;
    }
  }

  /** Names that are known, deleted ones too. */
  public synchronized int names() {
    return used;
  }

  @Override
  public synchronized CompletableFuture<List<Outcome>> apply(IndexBatch batch) {
    if (checkpoints.getOrDefault(batch.volume(), 0L) != batch.from()) {
      return CompletableFuture.failedFuture(
          new BackpackException(ErrorCode.INDEX_UNAVAILABLE, "not the next batch of the volume"));
    }
    checkpoints.put(batch.volume(), batch.to());
    List<Outcome> outcomes = new ArrayList<>(batch.entries().size());
    for (NeedleEntry entry : batch.entries()) {
      boolean won = add(entry);
      outcomes.add(new Outcome(won, new Version(versions[find(entry.name())])));
    }
    return CompletableFuture.completedFuture(outcomes);
  }

  @Override
  public synchronized CompletableFuture<List<Standing>> standing(List<NeedleEntry> entries) {
    List<Standing> standings = new ArrayList<>(entries.size());
    for (NeedleEntry entry : entries) {
      int slot = find(entry.name());
      if (lengths[slot] == 0) {
        standings.add(Standing.UNINDEXED);
        continue;
      }
      NeedleEntry known = at(slot, entry.name());
      standings.add(
          known.location().equals(entry.location())
              ? Standing.CURRENT
              : entry.winsOver(known) ? Standing.UNINDEXED : Standing.SUPERSEDED);
    }
    return CompletableFuture.completedFuture(standings);
  }

  @Override
  public synchronized CompletableFuture<Map<Integer, Long>> deadBytes() {
    return CompletableFuture.completedFuture(Map.copyOf(dead));
  }

  @Override
  public synchronized CompletableFuture<Void> forget(Collection<Integer> forgotten) {
    forgotten.forEach(checkpoints::remove);
    forgotten.forEach(dead::remove);
    return CompletableFuture.completedFuture(null);
  }
}
