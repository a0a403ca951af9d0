package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Path;
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

  private final Superblock superblock;
  private final Path dir;
  private final DamageReport damage;
  private final SharedReader reader; // null when the file is lost
  private volatile long length;
  private volatile long needles;
  private volatile boolean sealed;

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
    this.sealed = entry.sealed();
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
  void recovered(long foundLength, long foundNeedles) {
    needles = foundNeedles;
    length = foundLength;
  }

  void seal() {
    sealed = true;
  }

  boolean sealed() {
    return sealed;
  }

  ManifestEntry manifestEntry() {
    return new ManifestEntry(
        id(), sealed, superblock.salt(), superblock.created(), length, needles);
  }

  VolumeInfo info() {
    return new VolumeInfo(id(), dir, length, sealed, needles);
  }

  StoredNeedle read(Location location, IntFunction<ByteBuffer> allocator) {
    int needed = checked(location);
    ByteBuffer bytes = allocator.apply(needed);
    bytes.limit(bytes.position() + needed);
    ByteBuffer needle = Bytes.view(bytes);
    fill(needle.duplicate(), location.offset());
    NeedleHeader header = header(needle, prefix(needle, location), location);
    NeedlePrefix prefix = header.prefix();
    ByteBuffer data = needle.slice(needle.position() + prefix.headerLength(), prefix.dataLength());
    if (!header.verifies(data, 0)) {
      throw damaged(location, "the checksum of the photo does not match");
    }
    return header.stored(data);
  }

  NeedleReader open(Location location) {
    int needed = checked(location);
    ByteBuffer start = Bytes.allocate(Math.min(needed, FIRST_READ));
    fill(start.duplicate(), location.offset());
    NeedlePrefix prefix = prefix(start, location);
    if (prefix.headerLength() > start.capacity()) {
      start = Bytes.allocate(prefix.headerLength());
      fill(start.duplicate(), location.offset());
    }
    return new NeedleReader(this, location, header(start, prefix, location));
  }

  /** Reads and verifies whole blocks of a needle's data. */
  ByteBuffer readBlocks(Location location, NeedleHeader header, int firstBlock, int bytes) {
    ByteBuffer data = ByteBuffer.allocate(bytes);
    long from =
        location.offset() + header.prefix().headerLength() + (long) firstBlock * NeedlePrefix.BLOCK;
    fill(data, from);
    data.flip();
    if (!header.verifies(data, firstBlock)) {
      throw damaged(location, "the checksum of a block of the photo does not match");
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

  private BackpackException damaged(Location location, String reason) {
    damage.add(new Damage(id(), dir, location.offset(), location.length(), reason));
    return new BackpackException(
        ErrorCode.DAMAGED, "volume " + name() + " at " + location.offset() + ": " + reason);
  }

  private void fill(ByteBuffer into, long position) {
    try {
      reader.readFully(into, position);
    } catch (ClosedChannelException e) {
      throw new BackpackException(ErrorCode.NOT_READY, "volume " + name() + " is being closed", e);
    } catch (EOFException e) {
      damage.add(
          new Damage(id(), dir, position, into.remaining(), "the file ends before the volume"));
      throw new BackpackException(
          ErrorCode.MISSING, "the file of volume " + name() + " was cut before " + position, e);
    } catch (IOException e) {
      damage.add(
          new Damage(id(), dir, position, into.remaining(), "unreadable: " + e.getMessage()));
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
    reader.readFully(into, position);
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
