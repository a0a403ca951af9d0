package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntFunction;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * All volumes of a node: appends needles, reads them, replays them. Safe for use by any thread.
 *
 * <p>Threads that read must not be interrupted while they do; one that is fails its own read with
 * {@link ErrorCode#NOT_READY} and nobody else's.
 */
public final class VolumeSet implements NeedleLog, Closeable {
  /** How long a compaction waits for an index that is catching up. */
  private static final Duration INDEX_PATIENCE = Duration.ofSeconds(30);

  private final VolumeSettings settings;
  private final NeedleIndex index;
  private final Disk disk;
  private final DamageReport damage;
  private final StoreOpener.Opened opened;
  private final StoreDirectory[] byOrdinal = new StoreDirectory[VolumeSettings.MAX_DIRS + 1];
  private final List<Appender> appenders;
  private final Compactor compactor;
  private final Spread spread;
  private final AtomicLong queued = new AtomicLong();
  private final AtomicBoolean closed = new AtomicBoolean();

  private VolumeSet(
      VolumeSettings settings,
      NeedleIndex index,
      Disk disk,
      DamageReport damage,
      StoreOpener.Opened opened,
      LongSupplier nanos) {
    this.settings = settings;
    this.index = index;
    this.disk = disk;
    this.damage = damage;
    this.opened = opened;
    List<Appender> started = new ArrayList<>();
    for (StoreDirectory directory : opened.directories()) {
      byOrdinal[directory.ordinal()] = directory;
      ScrubFile.read(disk, directory);
      started.add(new Appender(directory, settings, index, queued, this::takeOver, nanos));
    }
    this.appenders = List.copyOf(started);
    this.compactor = new Compactor(disk, opened.directories(), settings, index, damage);
    this.spread = new Spread(appenders, settings, () -> ThreadLocalRandom.current().nextDouble());
    appenders.forEach(Appender::start);
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
    return open(settings, index, disk, System::nanoTime);
  }

  /**
   * @param nanos the time by which directories that failed are tried again
   */
  static VolumeSet open(VolumeSettings settings, NeedleIndex index, Disk disk, LongSupplier nanos) {
    DamageReport damage = new DamageReport();
    return new VolumeSet(
        settings, index, disk, damage, new StoreOpener(settings, disk, damage).open(), nanos);
  }

  /**
   * Appends a needle to one of the directories, more often to one with more free space. What fails
   * there is tried once in each of the others. Never blocks.
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
    Appender chosen;
    try {
      chosen = spread.choose(pending);
    } catch (BackpackException none) {
      return Optional.of(none);
    }
    long before = queued.getAndAdd(length);
    if (before > 0 && before + length > settings.maxQueuedBytes()) {
      queued.addAndGet(-length);
      return refuse(ErrorCode.OVERLOADED, "too many writes wait for the disk, try again later");
    }
    if (!chosen.add(pending)) {
      queued.addAndGet(-length);
      return refuse(ErrorCode.NOT_READY, "the node is stopping");
    }
    return Optional.empty();
  }

  /** A needle whose directory failed; it is counted in the queue already. */
  private boolean takeOver(PendingAppend pending) {
    try {
      return spread.choose(pending).add(pending);
    } catch (BackpackException none) {
      return false;
    }
  }

  private static Optional<BackpackException> refuse(ErrorCode code, String message) {
    return Optional.of(new BackpackException(code, message));
  }

  /**
   * Reads a whole needle with one disk read and verifies header and data. Blocks.
   *
   * <p>A location that was looked up before a compaction moved the needle may be asked for after
   * its volume went. That is {@link ErrorCode#MISSING} as well, and {@link #lists} is false then:
   * look the name up again and read there. A {@link NeedleReader} that was opened before may meet
   * the same at any block.
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
   * Reads a whole needle and verifies header and data, if all of it is in memory. Does not wait for
   * a disk, so that an event loop may call it. A miss may let the disk begin to read what is
   * missing.
   *
   * @param allocator gives a direct buffer, as for {@link #read(Location, IntFunction)}. It remains
   *     the caller's, also after a miss or a failure, when its content means nothing
   * @return nothing when part of the needle is not in memory, when the system cannot tell, when the
   *     needle is known to be damaged, or when the read fails: {@link #read(Location, IntFunction)}
   *     gives it then, or says why not
   * @throws BackpackException {@link ErrorCode#DAMAGED} or {@link ErrorCode#MISSING} as {@link
   *     #read(Location)}
   */
  public Optional<StoredNeedle> readNow(Location location, IntFunction<ByteBuffer> allocator) {
    return volume(location.volume()).readNow(location, allocator);
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
    StoreDirectory directory = byOrdinal[Volume.ordinal(id)];
    return Optional.ofNullable(directory)
        .flatMap(each -> each.find(id))
        .orElseThrow(
            () ->
                new BackpackException(
                    ErrorCode.MISSING,
                    "no directory of this node has volume " + Integer.toUnsignedString(id)));
  }

  /**
   * Whether a volume is there. Once false for a volume it stays so: ids are never used again. A
   * read that failed with {@link ErrorCode#MISSING} in a volume that is listed met damage; in one
   * that is not, a compaction has moved what lived there.
   */
  public boolean lists(int volume) {
    StoreDirectory directory = byOrdinal[Volume.ordinal(volume)];
    return directory != null && directory.find(volume).isPresent();
  }

  /**
   * Moves everything that lives in some volumes to new ones and deletes them. Blocks until it is
   * done; reads, writes and deletes go on. Call {@link #close} to end it early from another thread,
   * or let the pace do it; the calling thread must not be interrupted. It may be begun again after
   * whatever ended it, and goes on where it was.
   *
   * <p>A volume is deleted only after all that lived in it is on the disk and known to the index
   * elsewhere. Tombstones are moved as photos are. What is damaged is not moved and keeps its
   * volume.
   *
   * @param sources sealed volumes of one directory
   * @return what was done, also when it ended early
   * @throws BackpackException before anything is done: {@link ErrorCode#NOT_FOUND} for a volume
   *     that is not there, {@link ErrorCode#BAD_REQUEST} for one that is open for appends (see
   *     {@link #roll}) or when they lie in several directories, {@link ErrorCode#OVERLOADED} while
   *     another compaction of the directory is under way, {@link ErrorCode#NOT_READY} after {@link
   *     #close}
   */
  public CompactionResult compact(Collection<Integer> sources, Pace pace) {
    return compact(sources, pace, INDEX_PATIENCE);
  }

  CompactionResult compact(Collection<Integer> sources, Pace pace, Duration patience) {
    return compactor.compact(sources, pace, patience);
  }

  /**
   * Seals the volume that a directory's next needle would go to, so that it can be compacted; the
   * next needle begins a new one. Does nothing when there is none or it is empty. Never blocks.
   *
   * @param volume any volume of the directory
   * @return fails with {@link ErrorCode#NOT_FOUND} for a volume that is not there, {@link
   *     ErrorCode#STORAGE_FAILED} when the manifest could not be written, {@link
   *     ErrorCode#NOT_READY} after {@link #close}
   */
  public CompletableFuture<Void> roll(int volume) {
    return appenders.stream()
        .filter(each -> each.directory().find(volume).isPresent())
        .findFirst()
        .map(Appender::roll)
        .orElseGet(
            () ->
                CompletableFuture.failedFuture(
                    new BackpackException(
                        ErrorCode.NOT_FOUND,
                        "no directory of this node has volume "
                            + Integer.toUnsignedString(volume))));
  }

  @Override
  public List<Extent> extents() {
    return opened.directories().stream()
        .flatMap(each -> each.volumes().stream())
        .map(each -> new Extent(each.id(), Volume.START, each.length()))
        .filter(each -> each.end() > each.start())
        .toList();
  }

  /**
   * Directories that are refused, or that the node once had and was not told of now: what they hold
   * is not known.
   */
  @Override
  public List<String> missing() {
    return refused().isEmpty() ? absent() : refused();
  }

  @Override
  public void replay(int volume, long from, Visitor visitor) throws IOException {
    new Replay(disk, volume(volume), from, damage, visitor).run();
  }

  /**
   * Reads a volume once from end to end (one that is open for appends up to where it is durable
   * now), verifies all checksums, compares it with its index log and asks the index for every
   * needle. Damage of what somebody may still want is listed in {@link #damage}; what was listed
   * and is sound, or is no longer wanted, leaves the list. Of needles that the index lacks it
   * forgets the volumes, so that they are replayed. Nothing is written to a volume, nothing is
   * deleted. Blocks.
   *
   * @return what was found; not {@link VerifyReport#complete} when the pace ended it
   * @throws BackpackException {@link ErrorCode#MISSING} when there is no such volume, {@link
   *     ErrorCode#INDEX_UNAVAILABLE} when the index cannot be asked, {@link
   *     ErrorCode#STORAGE_FAILED} when the disk refuses too many reads, {@link ErrorCode#NOT_READY}
   *     while the set is closed
   */
  public VerifyReport verify(int volume, Pace pace) {
    return new VolumeVerify(disk, volume(volume), this, index, damage, pace).run();
  }

  /**
   * Keeps, also over a restart, that a volume was verified. Blocks for a moment.
   *
   * @param at when the verification began
   */
  public void noteVerified(int volume, Instant at) {
    volume(volume).verified(at);
    ScrubFile.write(disk, byOrdinal[Volume.ordinal(volume)]);
  }

  /**
   * Reads all live photos of a volume in the order in which they lie on the disk, each verified,
   * with large sequential reads; for backups and for programs that process every photo. Blocks; any
   * number may run. Holds a few megabytes, and the largest photo where that is more.
   *
   * <p>Live is what the index calls current when the photo is reached. A photo that was stored
   * before the call and neither deleted nor replaced until the end is given out, exactly once. One
   * that is stored, deleted or replaced meanwhile may be given out or not; one whose delete was
   * answered before the call is not. Damage is reported to the visitor and stepped over.
   *
   * <p>A reader may take hours and a compaction does not wait for it: when the volume is compacted
   * meanwhile, the call fails, at the latest at its end, so that what ends well lacks nothing. The
   * photos are in newer volumes then.
   *
   * @param volume id of a volume, see {@link #volumes()}
   * @throws BackpackException {@link ErrorCode#MISSING} when there is no such volume, {@link
   *     ErrorCode#INDEX_UNAVAILABLE} when the index does not know everything, {@link
   *     ErrorCode#NOT_READY} when the volume is closed or compacted meanwhile, {@link
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
    if (appenders.size() == 1) {
      return freeBytes(appenders.get(0)); // Every upload asks.
    }
    Map<FileStore, Long> free = new HashMap<>();
    for (Appender each : appenders) {
      long bytes = freeBytes(each);
      if (bytes > 0) {
        free.merge(each.directory().fileSystem(), bytes, Math::max);
      }
    }
    return free.values().stream().mapToLong(Long::longValue).sum();
  }

  private long freeBytes(Appender each) {
    return each.gate().open() ? Math.max(0, each.usable() - settings.reserve()) : 0;
  }

  /** Every volume that the manifests list. */
  public List<VolumeInfo> volumes() {
    return opened.directories().stream()
        .flatMap(each -> each.volumes().stream())
        .map(Volume::info)
        .toList();
  }

  /**
   * The damage that is known and was not taken back, by volume and offset; bounded, the first ones
   * stay. That of needles is remembered over a restart.
   */
  public List<Damage> damage() {
    damage.retain(this::lists);
    return damage.list();
  }

  /** How many places {@link #damage} has, and those beyond its bound. */
  public long damageCount() {
    damage.retain(this::lists);
    return damage.count();
  }

  /**
   * Whether a needle is known to be damaged, or bytes in it. Never blocks; asks no disk. A {@link
   * #read(Location)} that verifies takes the damage back.
   */
  public boolean damaged(Location location) {
    return damage.damaged(location);
  }

  /** Adds its name to a damaged needle whose header does not tell it any more, if it is known. */
  public void nameDamaged(Location location, PhotoName name, Version version) {
    damage.named(location, name, version);
  }

  /**
   * Takes the damage of a needle back, as another needle has taken its place. Without damage there
   * nothing happens.
   */
  public void resolved(Location location) {
    damage.resolved(location);
  }

  /**
   * Reads a needle that is known to be damaged from the disk itself, past what memory may still
   * have of it, and takes the damage back when all of it is right. Blocks; of several who ask at a
   * time about one volume one does.
   *
   * @throws BackpackException {@link ErrorCode#MISSING} when no directory has the volume
   */
  public void recheck(Location location) {
    volume(location.volume()).recheck(location);
  }

  /** Why directories were refused at the start, a line for each; empty when all are sound. */
  public List<String> refused() {
    return opened.refused().stream().map(StoreOpener::line).toList();
  }

  /**
   * A line for each directory that the node once had, that it was not told of now, and that nobody
   * said was gone for good; empty while others are refused, since those may be the same.
   */
  public List<String> absent() {
    return refused().isEmpty() ? opened.absent() : List.of();
  }

  /** Every directory as of now, the refused ones last. Never blocks. */
  public List<DirectoryInfo> directories() {
    return Stream.concat(appenders.stream().map(Appender::info), opened.refused().stream())
        .toList();
  }

  public StoreIdentity identity() {
    return opened.identity();
  }

  /**
   * Ends compactions, writes what waits, leaves every directory in order, releases it. Blocks, for
   * a minute at most where a disk does not answer a compaction.
   */
  @Override
  public void close() {
    if (closed.compareAndSet(false, true)) {
      opened.directories().forEach(each -> each.gate().stop());
      appenders.forEach(Appender::close);
      opened.locks().forEach(StoreOpener::release);
    }
  }
}
