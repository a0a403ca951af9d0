package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileStore;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;

/**
 * All volumes of a node: appends needles, reads them, replays them. Safe for use by any thread.
 *
 * <p>Threads that read must not be interrupted while they do; one that is fails its own read with
 * {@link ErrorCode#NOT_READY} and nobody else's.
 */
public final class VolumeSet implements NeedleLog, Closeable {
  private static final int ORDINAL_SHIFT = 24;

  /** What a delete may always take of the reserve. */
  private static final long LAST_BYTES = 1L << 20;

  private final VolumeSettings settings;
  private final NeedleIndex index;
  private final Disk disk;
  private final DamageReport damage;
  private final StoreOpener.Opened opened;
  private final StoreDirectory[] byOrdinal = new StoreDirectory[VolumeSettings.MAX_DIRS + 1];
  private final List<Appender> appenders;
  private final AtomicLong queued = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();

  private VolumeSet(
      VolumeSettings settings,
      NeedleIndex index,
      Disk disk,
      DamageReport damage,
      StoreOpener.Opened opened) {
    this.settings = settings;
    this.index = index;
    this.disk = disk;
    this.damage = damage;
    this.opened = opened;
    List<Appender> started = new ArrayList<>();
    for (StoreDirectory directory : opened.directories()) {
      byOrdinal[directory.ordinal()] = directory;
      started.add(new Appender(directory, settings, index, queued));
    }
    this.appenders = List.copyOf(started);
  }

  /**
   * Opens the directories of a node, creates what is missing, recovers from whatever stop came
   * before. Blocks.
   *
   * @param index learns of every needle that is appended; must outlive this set
   * @throws BackpackException {@link ErrorCode#STORAGE_FAILED} with a line that says what to do,
   *     when a directory is in use or belongs to another node, or when none is sound
   */
  public static VolumeSet open(VolumeSettings settings, NeedleIndex index) {
    return open(settings, index, new JdkDisk());
  }

  static VolumeSet open(VolumeSettings settings, NeedleIndex index, Disk disk) {
    DamageReport damage = new DamageReport();
    return new VolumeSet(
        settings, index, disk, damage, new StoreOpener(settings, disk, damage).open());
  }

  /**
   * Appends a needle to the directory with the most free space. Never blocks.
   *
   * @return completes when the needle is on the disk, as durable as the settings want it, and the
   *     index has applied it; on a thread of the engine or of the index. Fails with {@link
   *     ErrorCode#OVERLOADED} when too much waits, {@link ErrorCode#NO_SPACE}, {@link
   *     ErrorCode#STORAGE_FAILED} after a failed write or sync, {@link ErrorCode#INDEX_UNAVAILABLE}
   *     when the needle is on the disk and the index does not confirm it, {@link
   *     ErrorCode#CHECKSUM_MISMATCH} when the bytes changed, {@link ErrorCode#TOO_LARGE} for what
   *     fits no volume, {@link ErrorCode#NOT_READY} after {@link #close}. After a failure the
   *     needle may be there or not
   */
  public CompletableFuture<Appended> append(Needle needle) {
    PendingAppend pending = new PendingAppend(needle);
    Optional<BackpackException> refusal = tryAppend(pending);
    refusal.ifPresent(pending::fail);
    return pending.result();
  }

  private Optional<BackpackException> tryAppend(PendingAppend pending) {
    long length = pending.length();
    if (length > Math.min(settings.volumeSize() - Volume.START, Integer.MAX_VALUE)) {
      return refuse(ErrorCode.TOO_LARGE, "the photo does not fit into a volume");
    }
    boolean tombstone = pending.needle().tombstone();
    Appender best = null;
    boolean sound = false;
    for (Appender each : appenders) {
      if (each.suspended()) {
        continue;
      }
      sound = true;
      long free = each.usable() - (tombstone ? LAST_BYTES : settings.reserve());
      if (free >= length && (best == null || each.usable() > best.usable())) {
        best = each;
      }
    }
    if (!sound) {
      return refuse(ErrorCode.STORAGE_FAILED, "no directory of this node can be written");
    }
    if (best == null) {
      return refuse(ErrorCode.NO_SPACE, "the disks of this node are full up to their reserve");
    }
    long before = queued.getAndAdd(length);
    if (before > 0 && before + length > settings.maxQueuedBytes()) {
      queued.addAndGet(-length);
      return refuse(ErrorCode.OVERLOADED, "too many writes wait for the disk, try again later");
    }
    best.add(pending);
    return Optional.empty();
  }

  private static Optional<BackpackException> refuse(ErrorCode code, String message) {
    return Optional.of(new BackpackException(code, message));
  }

  /**
   * Reads a whole needle with one disk read and verifies header and data. Blocks.
   *
   * @throws BackpackException {@link ErrorCode#DAMAGED} when a checksum does not match, {@link
   *     ErrorCode#MISSING} when the volume or that part of it is not there, {@link
   *     ErrorCode#STORAGE_FAILED} when the disk refuses the read, {@link ErrorCode#NOT_READY} while
   *     the set is closed
   */
  public StoredNeedle read(Location location) {
    return read(location, ByteBuffer::allocate);
  }

  /**
   * The same into a buffer of the caller's.
   *
   * @param allocator gives a buffer with at least so many bytes between position and limit; what is
   *     read stands from its position on, its limit is set behind it
   */
  public StoredNeedle read(Location location, IntFunction<ByteBuffer> allocator) {
    return volume(location.volume()).read(location, allocator);
  }

  /**
   * Reads and verifies a needle's header only. Blocks.
   *
   * @throws BackpackException as {@link #read(Location)}
   */
  public NeedleReader openNeedle(Location location) {
    return volume(location.volume()).open(location);
  }

  private Volume volume(int id) {
    StoreDirectory directory = byOrdinal[id >>> ORDINAL_SHIFT];
    return Optional.ofNullable(directory)
        .flatMap(each -> each.find(id))
        .orElseThrow(
            () ->
                new BackpackException(
                    ErrorCode.MISSING,
                    "no directory of this node has volume " + Integer.toUnsignedString(id)));
  }

  @Override
  public List<Extent> extents() {
    return opened.directories().stream()
        .flatMap(each -> each.volumes().stream())
        .map(each -> new Extent(each.id(), Volume.START, each.length()))
        .filter(each -> each.end() > each.start())
        .toList();
  }

  /** False while a directory is refused: what it holds is not known. */
  @Override
  public boolean complete() {
    return refused().isEmpty();
  }

  @Override
  public void replay(int volume, long from, Visitor visitor) throws IOException {
    new Replay(disk, volume(volume), from, damage, visitor).run();
  }

  /**
   * Reads all live photos of a volume in the order in which they lie on the disk, each verified,
   * with large sequential reads; for backups and for programs that process every photo. Blocks; any
   * number may run. Holds a few megabytes, and the largest photo where that is more.
   *
   * <p>Live is what the index calls current when the photo is reached. A photo that was stored
   * before the call and neither deleted, replaced nor moved to another volume by a compaction until
   * the end is given out, exactly once. One that is stored, deleted, replaced or moved meanwhile
   * may be given out or not; one whose delete was answered before the call is not. Damage is
   * reported to the visitor and stepped over.
   *
   * @param volume id of a volume, see {@link #volumes()}
   * @throws BackpackException {@link ErrorCode#MISSING} when there is no such volume, {@link
   *     ErrorCode#INDEX_UNAVAILABLE} when the index does not know everything, {@link
   *     ErrorCode#NOT_READY} when the volume is closed or removed meanwhile, {@link
   *     ErrorCode#STORAGE_FAILED} when the disk fails; also what the visitor throws
   * @throws IOException as the visitor throws it
   */
  public PhotosRead photos(int volume, Pace pace, PhotoVisitor visitor) throws IOException {
    return new LivePhotos(volume(volume), index, damage, visitor).run(pace);
  }

  /**
   * Bytes that photos may still take over all directories that can be written; a file system that
   * several directories share counts once. As of the last second. Never blocks.
   */
  public long freeBytes() {
    Map<FileStore, Long> free = new HashMap<>();
    for (Appender each : appenders) {
      if (!each.suspended()) {
        long bytes = Math.max(0, each.usable() - settings.reserve());
        free.merge(each.directory().fileSystem(), bytes, Math::max);
      }
    }
    return free.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Every volume that the manifests list. */
  public List<VolumeInfo> volumes() {
    return opened.directories().stream()
        .flatMap(each -> each.volumes().stream())
        .map(Volume::info)
        .toList();
  }

  /** The damage found since the set was opened; bounded, the first ones stay. */
  public List<Damage> damage() {
    return damage.list();
  }

  /** Why directories were refused at the start, a line for each; empty when all are sound. */
  public List<String> refused() {
    return opened.refused();
  }

  public StoreIdentity identity() {
    return opened.identity();
  }

  /** Writes what waits, leaves every directory in order, releases it. Blocks. */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      appenders.forEach(Appender::close);
      opened.locks().forEach(StoreOpener::release);
    }
  }
}
