package io.backpack.volume;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Optional;

/**
 * Walks the needles of a volume from one to the next, without an index log. Where none begins it
 * looks for the next multiple of 8 where one does: the checksum of a header covers the volume's
 * salt and the needle's own place, so nothing inside a photo passes for one. Blocks; for one
 * thread.
 */
final class VolumeScan {
  /** What the scan meets, in order and without holes. */
  interface Sink {
    /**
     * A sound needle.
     *
     * @return false to stop
     */
    boolean needle(NeedleEntry entry, long durableBefore) throws IOException;

    /**
     * A stretch without a sound needle.
     *
     * @param entry the needle when its header is sound and only the data is not
     */
    void gap(long from, long to, Optional<NeedleEntry> entry) throws IOException;
  }

  /** Where the bytes come from. */
  @FunctionalInterface
  interface Source {
    /** Fills the buffer up to its limit. */
    void read(ByteBuffer into, long position) throws IOException;
  }

  private static final int WINDOW = 256 << 10;
  private static final int SECTOR = 4 << 10;
  private static final int MAX_UNREADABLE = 1024;

  /** Told to end in the middle of a needle. */
  private static final class EndedException extends IOException {
    private static final long serialVersionUID = 1;

    EndedException() {
      super("the scan was told to end");
    }
  }

  private final Volume volume;
  private final Source source;
  private final Pace pace;
  private final long salt;
  private final ByteBuffer window = Bytes.allocate(WINDOW);
  private long windowAt;
  private long end;
  private long paced;
  private int unreadable;

  VolumeScan(Volume volume) {
    this(volume, volume::readRaw, Pace.UNLIMITED);
  }

  /** Reads the volume from elsewhere. */
  VolumeScan(Volume volume, Source source) {
    this(volume, source, Pace.UNLIMITED);
  }

  /**
   * @param pace is told of the bytes as they are passed; where it says so, the scan ends without
   *     another word
   */
  VolumeScan(Volume volume, Source source, Pace pace) {
    this.volume = volume;
    this.source = source;
    this.pace = pace;
    this.salt = volume.superblock().salt();
  }

  /**
   * Scans {@code [from, to)}.
   *
   * @param verifyFrom the data of needles from here on is verified too
   */
  void run(long from, long to, long verifyFrom, Sink sink) throws IOException {
    end = to;
    paced = from;
    window.limit(0);
    try {
      walk(from, to, verifyFrom, sink);
    } catch (EndedException asTold) {
      return;
    }
  }

  /** Whether a needle is sound, header and data; reports nothing. */
  static boolean sound(Volume volume, Location location) throws IOException {
    boolean[] sound = {false};
    new VolumeScan(volume)
        .run(
            location.offset(),
            location.end(),
            location.offset(),
            new Sink() {
              @Override
              public boolean needle(NeedleEntry entry, long durableBefore) {
                sound[0] = entry.location().equals(location);
                return false;
              }

              @Override
              public void gap(long from, long to, Optional<NeedleEntry> entry) {
                // Then it is not.
              }
            });
    return sound[0];
  }

  private void walk(long from, long to, long verifyFrom, Sink sink) throws IOException {
    long at = from;
    while (at < to) {
      Optional<NeedleHeader> header = header(at);
      if (header.isEmpty()) {
        long next = nextNeedle(at + Location.ALIGNMENT);
        sink.gap(at, next, Optional.empty());
        at = next;
        continue;
      }
      NeedlePrefix prefix = header.get().prefix();
      NeedleEntry entry = header.get().entry(new Location(volume.id(), at, prefix.needleLength()));
      if (at >= verifyFrom && !dataSound(header.get(), at)) {
        sink.gap(at, entry.location().end(), Optional.of(entry));
      } else if (!sink.needle(entry, prefix.durableBefore())) {
        return;
      }
      at = entry.location().end();
    }
    pace(to);
  }

  private void pace(long to) throws EndedException {
    long bytes = to - paced;
    paced = to;
    if (!pace.proceed(bytes)) {
      throw new EndedException();
    }
  }

  /** Whether the disk has refused to give some of the bytes: what is there is then not known. */
  boolean blind() {
    return unreadable > 0;
  }

  private long nextNeedle(long from) throws IOException {
    for (long at = from; at < end; at += Location.ALIGNMENT) {
      if (header(at).isPresent()) {
        return at;
      }
    }
    return end;
  }

  private Optional<NeedleHeader> header(long at) throws IOException {
    if (end - at < NeedlePrefix.SIZE) {
      return Optional.empty();
    }
    ByteBuffer bytes = at(at, NeedlePrefix.SIZE);
    if (bytes.getInt(0) != NeedlePrefix.MAGIC) {
      return Optional.empty();
    }
    Optional<NeedlePrefix> prefix = NeedlePrefix.decode(bytes, salt, at);
    if (prefix.isEmpty() || at + prefix.get().needleLength() > end) {
      return Optional.empty();
    }
    return NeedleHeader.decode(
        prefix.get(), at(at, prefix.get().headerLength()), new NeedleHeader.Place(salt, at));
  }

  private boolean dataSound(NeedleHeader header, long at) throws IOException {
    long from = at + header.prefix().headerLength();
    int left = header.prefix().dataLength();
    for (int block = 0; block < header.prefix().blocks(); block++) {
      int length = Math.min(left, NeedlePrefix.BLOCK);
      if (!header.verifies(at(from, length), block)) {
        return false;
      }
      from += length;
      left -= length;
    }
    return true;
  }

  /** The bytes at an offset, from position 0 on; valid until the next call. */
  private ByteBuffer at(long offset, int length) throws IOException {
    if (offset < windowAt || offset + length > windowAt + window.limit()) {
      pace(offset);
      windowAt = offset;
      window.clear().limit((int) Math.min(WINDOW, end - offset));
      try {
        source.read(window.duplicate(), offset);
      } catch (ClosedChannelException closing) {
        throw closing;
      } catch (IOException e) {
        readAround();
      }
    }
    return Bytes.slice(window, (int) (offset - windowAt), length);
  }

  /** Reads what can be read; a sector that cannot holds zeros, which no needle begins with. */
  private void readAround() throws IOException {
    for (int from = 0; from < window.limit(); from += SECTOR) {
      ByteBuffer sector = window.slice(from, Math.min(SECTOR, window.limit() - from));
      try {
        source.read(sector, windowAt + from);
      } catch (ClosedChannelException closing) {
        throw closing;
      } catch (IOException e) {
        while (sector.hasRemaining()) {
          sector.put((byte) 0);
        }
        if (!(e instanceof EOFException) && ++unreadable > MAX_UNREADABLE) {
          throw e; // Not bad sectors but a bad disk: waiting for each read would take days.
        }
      }
    }
  }
}
