package io.backpack.bench;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.backpack.api.VersionClock;
import io.backpack.volume.Appended;
import io.backpack.volume.Attributes;
import io.backpack.volume.IndexBatch;
import io.backpack.volume.Needle;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleIndex;
import io.backpack.volume.VolumeSet;
import io.backpack.volume.VolumeSettings;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.IntPredicate;
import java.util.zip.CRC32C;

/**
 * Writes a photo set into the volumes of a node that does not run, with the engine itself and
 * without an index: the node makes its index from the volumes when it starts.
 */
final class EngineWriter {
  private static final int UNDER_WAY = 20_000;
  private static final int UNDER_WAY_KIB = 128 << 10;

  /** So that two stores with the same photos have the same versions of them. */
  private static final InstantSource WRITTEN =
      InstantSource.fixed(Instant.parse("2026-01-01T00:00:00Z"));

  private EngineWriter() {}

  /** Believes every batch: nobody reads while the volumes are written. */
  private static final class NoIndex implements NeedleIndex {
    @Override
    public CompletableFuture<List<Outcome>> apply(IndexBatch batch) {
      return CompletableFuture.completedFuture(
          batch.entries().stream().map(each -> new Outcome(true, each.version())).toList());
    }

    @Override
    public CompletableFuture<List<Standing>> standing(List<NeedleEntry> entries) {
      return CompletableFuture.completedFuture(
          entries.stream().map(each -> Standing.CURRENT).toList());
    }

    @Override
    public CompletableFuture<Map<Integer, Long>> deadBytes() {
      return CompletableFuture.completedFuture(Map.of());
    }

    @Override
    public CompletableFuture<Void> forget(Collection<Integer> volumes) {
      return CompletableFuture.completedFuture(null);
    }
  }

  /**
   * @param volumeSize bytes of a volume
   * @param deleted which photos are deleted again, by a tombstone behind all photos
   */
  static void write(
      Photos photos, String nodeId, Path directory, long volumeSize, IntPredicate deleted) {
    VersionClock clock = new VersionClock(1, WRITTEN, VersionClock.DEFAULT_MAX_AHEAD);
    byte[] pool = photos.pool();
    AtomicReference<Throwable> failure = new AtomicReference<>();
    Semaphore count = new Semaphore(UNDER_WAY);
    Semaphore kib = new Semaphore(UNDER_WAY_KIB);
    try (VolumeSet volumes =
        VolumeSet.open(settings(nodeId, directory, volumeSize), new NoIndex())) {
      for (int i = 0; i < photos.count() && failure.get() == null; i++) {
        append(volumes, photo(photos, pool, i, clock.next()), count, kib, failure);
      }
      for (int i = 0; i < photos.count() && failure.get() == null; i++) {
        if (deleted.test(i)) {
          Needle tombstone =
              Needle.tombstone(PhotoName.of(photos.path(i)), clock.next(), true, false);
          append(volumes, tombstone, count, kib, failure);
        }
      }
      count.acquireUninterruptibly(UNDER_WAY);
    }
    if (failure.get() != null) {
      throw new IllegalStateException("the photos could not be written", failure.get());
    }
  }

  private static VolumeSettings settings(String nodeId, Path directory, long volumeSize) {
    VolumeSettings usual = VolumeSettings.of(nodeId, List.of(directory));
    return new VolumeSettings(
        nodeId,
        usual.dirs(),
        volumeSize,
        usual.reserve(),
        false,
        usual.maxBatchBytes(),
        usual.maxQueuedBytes());
  }

  private static Needle photo(Photos photos, byte[] pool, int i, Version version) {
    ByteBuffer data = photos.data(pool, i);
    CRC32C crc = new CRC32C();
    crc.update(data.duplicate());
    return new Needle(
        PhotoName.of(photos.path(i)),
        version,
        false,
        false,
        false,
        0,
        "image/jpeg",
        Attributes.NONE,
        data,
        (int) crc.getValue());
  }

  private static void append(
      VolumeSet volumes,
      Needle needle,
      Semaphore count,
      Semaphore kib,
      AtomicReference<Throwable> failure) {
    int units = needle.data().remaining() / 1024 + 1;
    count.acquireUninterruptibly();
    kib.acquireUninterruptibly(units);
    CompletableFuture<Appended> appended = volumes.append(needle);
    appended.whenComplete(
        (done, failed) -> {
          if (failed != null) {
            failure.compareAndSet(null, failed);
          }
          kib.release(units);
          count.release();
        });
  }
}
