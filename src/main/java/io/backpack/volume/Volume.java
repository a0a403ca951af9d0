package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntFunction;

/**
 * A volume for those who read it: where its needles end, and the needles. Safe for use by any
 * thread; one writer moves its end.
 */
final class Volume implements Closeable {
  /** Offset of the first needle. */
  static final long START = Superblock.SIZE;

  /** Enough for nearly every header, and what a disk reads at once anyway. */
  private static final int FIRST_READ = 4 << 10;

  private static final long READ_POLL_NANOS = 1_000_000;

  private static final int ORDINAL_SHIFT = 24;

  private final Superblock superblock;
  private final Path dir;
  private final DamageReport damage;
  private final SharedReader reader; // null when the file is lost
  private final AtomicInteger reading = new AtomicInteger();
  private final AtomicLong moves = new AtomicLong();
  private final AtomicBoolean asking = new AtomicBoolean();
  private volatile long length;
  private volatile long needles;
  private volatile long orderlyLength;
  private volatile long orderlyNeedles;
  private volatile Torn torn;
  private volatile boolean sealed;
  private volatile boolean retired;
  private volatile Optional<Instant> verified = Optional.empty();

  Volume(
      Superblock superblock,
      Path dir,
      SharedReader reader,
      ManifestEntry entry,
      DamageReport damage) {
    this.superblock = superblock;
    this.dir = dir;
    this.reader = reader;
    this.damage = damage;
    this.length = entry.length();
    this.needles = entry.needles();
    this.orderlyLength = length;
    this.orderlyNeedles = needles;
    this.torn = entry.torn();
    this.sealed = entry.sealed();
  }

  /** The id of the volume that a directory counted so. */
  static int id(int ordinal, int number) {
    return ordinal << ORDINAL_SHIFT | number;
  }

  /** The ordinal of the directory that a volume is in. */
  static int ordinal(int id) {
    return id >>> ORDINAL_SHIFT;
  }

  static Path file(Path dir, int id) {
    return dir.resolve("data_" + Integer.toUnsignedString(id));
  }

  static Path logFile(Path dir, int id) {
    return dir.resolve("data_" + Integer.toUnsignedString(id) + ".meta");
  }

  int id() {
    return superblock.id();
  }

  Superblock superblock() {
    return superblock;
  }

  Path dir() {
    return dir;
  }

  /** Bytes up to the end of the last needle that may be read. */
  long length() {
    return length;
  }

  boolean lost() {
    return reader == null;
  }

  /** The writer alone calls this, after the bytes are as durable as the settings want them. */
  void advance(long newLength, int newNeedles) {
    long count = needles;
    needles = count + newNeedles;
    length = newLength;
  }

  /** What recovery found, before anybody reads or writes. */
  void recovered(long foundLength, long foundNeedles, Torn foundTorn) {
    torn = foundTorn;
    needles = foundNeedles;
    length = foundLength;
    orderly();
  }

  /** Where a write was cut off that something follows. */
  Torn torn() {
    return torn;
  }

  /** Whether a needle with a sound header is one that was cut off; reads it if it may be. */
  boolean cutOff(Location location) throws IOException {
    return torn.covers(location) && !VolumeScan.sound(this, location);
  }

  void seal() {
    sealed = true;
  }

  boolean sealed() {
    return sealed;
  }

  /** What was written until now is synced, and no write is under way. */
  void orderly() {
    orderlyLength = length;
    orderlyNeedles = needles;
  }

  /**
   * What the manifest says of it. Of an open volume that is where the last orderly stop was: its
   * length now may not be durable, and may be changing.
   */
  ManifestEntry manifestEntry() {
    boolean over = sealed;
    return new ManifestEntry(
        id(),
        over ? VolumeState.SEALED : VolumeState.OPEN,
        superblock.salt(),
        superblock.created(),
        over ? length : orderlyLength,
        over ? needles : orderlyNeedles,
        over ? torn : Torn.NONE);
  }

  VolumeInfo info() {
    return new VolumeInfo(id(), dir, length, sealed, needles, superblock.created(), verified);
  }

  /** A compaction begins to move its needles, or has ended. */
  void moving() {
    moves.incrementAndGet();
  }

  /** Changes when a compaction begins and when it ends; odd while one is under way. */
  long moves() {
    return moves.get();
  }

  /** From now on reads that begin fail; what they looked for is elsewhere. */
  void retire() {
    retired = true;
  }

  /**
   * Waits until no read is under way any more, after {@link #retire}.
   *
   * @return false when one still is
   */
  boolean awaitReaders(Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    while (reading.get() > 0) {
      if (System.nanoTime() - end > 0) {
        return false;
      }
      LockSupport.parkNanos(READ_POLL_NANOS);
    }
    return true;
  }

  /** When it was last read and verified from end to end. */
  Optional<Instant> verified() {
    return verified;
  }

  void verified(Instant at) {
    verified = Optional.of(at);
  }

  /** Whether the first bytes of the file are what the manifest says; false when they are lost. */
  boolean superblockSound() {
    ByteBuffer bytes = Bytes.allocate(Superblock.SIZE);
    try {
      readRaw(bytes, 0);
    } catch (IOException e) {
      return false;
    }
    return Superblock.decode(bytes.flip(), Superblock.VOLUME_MAGIC)
        .filter(superblock::equals)
        .isPresent();
  }

  StoredNeedle read(Location location, IntFunction<ByteBuffer> allocator) {
    StoredNeedle found = verified(load(location, allocator, this::readRaw), location);
    if (damage.damaged(location)) {
      recheck(location);
    }
    return found;
  }

  /** The same for a scan, which has its own way to the bytes. */
  StoredNeedle read(
      Location location, IntFunction<ByteBuffer> allocator, VolumeScan.Source source) {
    StoredNeedle found = verified(load(location, allocator, source), location);
    damage.resolved(location); // What could not be read before, can be now.
    return found;
  }

  /**
   * Memory may hold what the disk has lost: damage is over when the disk itself is right again. One
   * thread at a time asks it, since a bad sector may hold who reads it for long.
   */
  void recheck(Location location) {
    if (!asking.compareAndSet(false, true)) {
      return;
    }
    try (AsideReader disk = aside()) {
      read(location, ByteBuffer::allocate, disk);
    } catch (BackpackException stillDamaged) {
      // It stays reported. What memory gave is right all the same.
    } finally {
      asking.set(false);
    }
  }

  private ByteBuffer load(
      Location location, IntFunction<ByteBuffer> allocator, VolumeScan.Source source) {
    int needed = checked(location);
    ByteBuffer bytes = allocator.apply(needed);
    bytes.limit(bytes.position() + needed);
    ByteBuffer needle = Bytes.view(bytes);
    fill(source, needle.duplicate(), location.offset(), location);
    return needle;
  }

  /**
   * The same without waiting for a disk.
   *
   * @return nothing when a disk would have to be waited for, also to say why it refuses, or whether
   *     known damage is over
   */
  Optional<StoredNeedle> readNow(Location location, IntFunction<ByteBuffer> allocator) {
    int needed = checked(location);
    if (damage.damaged(location)) {
      return Optional.empty();
    }
    ByteBuffer bytes = allocator.apply(needed);
    bytes.limit(bytes.position() + needed);
    ByteBuffer needle = Bytes.view(bytes);
    try {
      if (!readRawNow(needle.duplicate(), location.offset())) {
        return Optional.empty();
      }
    } catch (IOException closed) {
      return Optional.empty(); // Who waits is told why.
    }
    return Optional.of(verified(needle, location));
  }

  private StoredNeedle verified(ByteBuffer needle, Location location) {
    NeedleHeader header = header(needle, prefix(needle, location), location);
    NeedlePrefix prefix = header.prefix();
    ByteBuffer data = needle.slice(needle.position() + prefix.headerLength(), prefix.dataLength());
    if (!header.verifies(data, 0)) {
      throw damaged(location, header, "the checksum of the photo does not match");
    }
    return header.stored(data);
  }

  NeedleReader open(Location location) {
    int needed = checked(location);
    ByteBuffer start = Bytes.allocate(Math.min(needed, FIRST_READ));
    fill(start.duplicate(), location.offset(), location);
    NeedlePrefix prefix = prefix(start, location);
    if (prefix.headerLength() > start.capacity()) {
      start = Bytes.allocate(prefix.headerLength());
      fill(start.duplicate(), location.offset(), location);
    }
    return new NeedleReader(this, location, header(start, prefix, location));
  }

  /** Reads and verifies whole blocks of a needle's data. */
  ByteBuffer readBlocks(Location location, NeedleHeader header, int firstBlock, int bytes) {
    ByteBuffer data = ByteBuffer.allocate(bytes);
    long from =
        location.offset() + header.prefix().headerLength() + (long) firstBlock * NeedlePrefix.BLOCK;
    fill(data, from, location);
    data.flip();
    if (!header.verifies(data, firstBlock)) {
      throw damaged(location, header, "the checksum of a block of the photo does not match");
    }
    return data;
  }

  private int checked(Location location) {
    if (reader == null
        || location.offset() < START
        || location.end() > length
        || location.length() > Integer.MAX_VALUE
        || location.length() < NeedlePrefix.SIZE) {
      throw new BackpackException(
          ErrorCode.MISSING,
          reader == null
              ? "the file of volume " + name() + " is lost"
              : "volume " + name() + " has no needle at " + location.offset());
    }
    return (int) location.length();
  }

  private NeedlePrefix prefix(ByteBuffer bytes, Location location) {
    NeedlePrefix prefix =
        NeedlePrefix.decode(bytes, superblock.salt(), location.offset())
            .orElseThrow(() -> damaged(location, "no sound needle begins here"));
    if (prefix.needleLength() != location.length()) {
      // The index is wrong, not the volume.
      throw new BackpackException(
          ErrorCode.DAMAGED,
          "the needle at " + location.offset() + " of volume " + name() + " has another length");
    }
    return prefix;
  }

  private NeedleHeader header(ByteBuffer bytes, NeedlePrefix prefix, Location location) {
    return NeedleHeader.decode(
            prefix, bytes, new NeedleHeader.Place(superblock.salt(), location.offset()))
        .orElseThrow(() -> damaged(location, "the header of the needle is damaged"));
  }

  private BackpackException damaged(Location location, NeedleHeader header, String reason) {
    damage.add(
        Damage.ofNeedle(dir, location, reason).named(header.name(), header.prefix().version()));
    return unsound(location, reason);
  }

  private BackpackException damaged(Location location, String reason) {
    damage.add(Damage.ofNeedle(dir, location, reason));
    return unsound(location, reason);
  }

  private BackpackException unsound(Location location, String reason) {
    return new BackpackException(
        ErrorCode.DAMAGED, "volume " + name() + " at " + location.offset() + ": " + reason);
  }

  private void fill(ByteBuffer into, long position, Location location) {
    fill(this::readRaw, into, position, location);
  }

  private void fill(VolumeScan.Source source, ByteBuffer into, long position, Location location) {
    try {
      source.read(into, position);
    } catch (ClosedChannelException e) {
      if (retired) {
        throw new BackpackException(
            ErrorCode.MISSING, "volume " + name() + " was compacted, look the name up again", e);
      }
      throw new BackpackException(ErrorCode.NOT_READY, "volume " + name() + " is being closed", e);
    } catch (EOFException e) {
      damage.add(Damage.ofNeedle(dir, location, "the file ends before the volume"));
      throw new BackpackException(
          ErrorCode.MISSING, "the file of volume " + name() + " was cut before " + position, e);
    } catch (IOException e) {
      damage.readErrors(dir).add();
      damage.add(Damage.ofNeedle(dir, location, "unreadable: " + e.getMessage()));
      // A bad sector is damage of what lies there, not an outage of the node: it can be repaired.
      throw new BackpackException(
          ErrorCode.DAMAGED,
          "cannot read volume " + name() + " at " + position + ": " + e.getMessage(),
          e);
    }
  }

  /** Fills the buffer as far as the file goes; for scans, which report in their own way. */
  void readRaw(ByteBuffer into, long position) throws IOException {
    if (reader == null) {
      throw new EOFException("the file is lost");
    }
    // First the count, then the look at the mark: whoever sets the mark sees the count.
    reading.incrementAndGet();
    try {
      if (retired) {
        throw new ClosedChannelException();
      }
      reader.readFully(into, position);
    } finally {
      reading.decrementAndGet();
    }
  }

  /** The same from the file that a scan has opened for itself. */
  void readRaw(VolumeFile own, ByteBuffer into, long position) throws IOException {
    reading.incrementAndGet();
    try {
      if (retired || reader.closed()) {
        throw new ClosedChannelException();
      }
      Bytes.readFully(own, into, position);
    } finally {
      reading.decrementAndGet();
    }
  }

  /** For a scan: reads that leave in memory what is there. */
  AsideReader aside() {
    return new AsideReader(this, reader == null ? null : reader::openAside);
  }

  private boolean readRawNow(ByteBuffer into, long position) throws IOException {
    reading.incrementAndGet();
    try {
      return !retired && reader.readNow(into, position);
    } finally {
      reading.decrementAndGet();
    }
  }

  /** Size of the file, which may be more than {@link #length()}; 0 when it is lost. */
  long fileSize() throws IOException {
    return reader == null ? 0 : reader.size();
  }

  private String name() {
    return Integer.toUnsignedString(id());
  }

  @Override
  public void close() throws IOException {
    if (reader != null) {
      reader.close();
    }
  }
}
