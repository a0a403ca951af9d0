package io.backpack.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Reads a volume from its first byte to its last with large reads into one buffer, and hands out
 * its needles a stretch at a time, with their data. For one thread.
 */
final class LinearScan {
  /** What the scan meets, in order. */
  interface Sink {
    /**
     * The needles of the next stretch; at least one.
     *
     * @return false to stop
     */
    boolean needles(List<Found> stretch) throws IOException;

    /** A stretch that holds no needle with a sound header. */
    void gap(long from, long to) throws IOException;
  }

  /** A needle with a sound header, valid until the sink returns. */
  final class Found {
    private final NeedleEntry entry;
    private final Optional<NeedleHeader> inWindow;

    private Found(NeedleEntry entry, Optional<NeedleHeader> inWindow) {
      this.entry = entry;
      this.inWindow = inWindow;
    }

    NeedleEntry entry() {
      return entry;
    }

    /**
     * The needle with its data, verified.
     *
     * @throws io.backpack.api.BackpackException as {@link VolumeSet#read(Location)}
     */
    StoredNeedle read() {
      Location location = entry.location();
      if (inWindow.isPresent()) {
        NeedleHeader header = inWindow.get();
        NeedlePrefix prefix = header.prefix();
        int at = (int) (location.offset() - windowAt) + prefix.headerLength();
        ByteBuffer data = window.slice(at, prefix.dataLength());
        if (header.verifies(data, 0)) {
          return header.stored(data);
        }
      }
      // Too large for the window, or not sound there: read by itself, which also says why.
      return volume.read(location, ByteBuffer::allocate);
    }
  }

  /** Large enough that a disk streams, small enough to have one for each job. */
  static final int WINDOW = 4 << 20;

  private final Volume volume;
  private final Pace pace;
  private final Sink sink;
  private final long end;
  private final ByteBuffer window;
  private final AsideReader source;
  private long windowAt;
  private boolean stopped;

  /**
   * @param pace asked after each stretch
   */
  LinearScan(Volume volume, Pace pace, Sink sink) {
    this(volume, pace, sink, WINDOW);
  }

  LinearScan(Volume volume, Pace pace, Sink sink, int windowSize) {
    this.volume = volume;
    this.pace = pace;
    this.sink = sink;
    this.end = volume.length();
    this.source = volume.aside();
    this.window = Bytes.allocate((int) Math.min(windowSize, Math.max(1, end)));
  }

  /**
   * Reads to the length that the volume had when this was made.
   *
   * @return false when it was stopped before
   */
  boolean run() throws IOException {
    try (source) {
      return scan();
    }
  }

  private boolean scan() throws IOException {
    long at = Volume.START;
    if (volume.lost() && at < end) {
      sink.gap(at, end);
      return true;
    }
    while (at < end && !stopped) {
      long from = at;
      at = load(at) ? inWindow(at) : oneByOne(at);
      stopped |= !pace.proceed(at - from) && at < end;
    }
    return !stopped;
  }

  private boolean load(long at) throws IOException {
    windowAt = at;
    window.clear().limit((int) Math.min(window.capacity(), end - at));
    try {
      source.read(window.duplicate(), at);
      return true;
    } catch (ClosedChannelException closing) {
      throw closing;
    } catch (IOException badSector) {
      return false;
    }
  }

  /** Hands out the whole needles of the window, or one that does not fit into it. */
  private long inWindow(long start) throws IOException {
    List<Found> stretch = new ArrayList<>();
    long at = start;
    boolean wholeWindow = windowAt + window.limit() == end;
    while (at < end) {
      Optional<NeedleHeader> header = header(at);
      long room = windowAt + window.limit() - at;
      boolean cut = header.isPresent() && header.get().prefix().needleLength() > room;
      if (header.isEmpty() && !stretch.isEmpty() && !wholeWindow && room < maxHeader()) {
        break; // It may only be cut off: the next window begins with it.
      }
      if (cut && !stretch.isEmpty()) {
        break;
      }
      if (header.isEmpty()) {
        give(stretch);
        return stopped ? at : skipGap(at);
      }
      Location location = new Location(volume.id(), at, header.get().prefix().needleLength());
      stretch.add(new Found(header.get().entry(location), cut ? Optional.empty() : header));
      at = location.end();
      if (cut) {
        break;
      }
    }
    give(stretch);
    return at;
  }

  private int maxHeader() {
    return Math.min(window.capacity(), NeedlePrefix.MAX_HEADER);
  }

  private Optional<NeedleHeader> header(long at) {
    int room = (int) (windowAt + window.limit() - at);
    if (room < NeedlePrefix.SIZE) {
      return Optional.empty();
    }
    ByteBuffer bytes = window.slice((int) (at - windowAt), room);
    long salt = volume.superblock().salt();
    return NeedlePrefix.decode(bytes, salt, at)
        .filter(prefix -> at + prefix.needleLength() <= end && prefix.headerLength() <= room)
        .flatMap(prefix -> NeedleHeader.decode(prefix, bytes, new NeedleHeader.Place(salt, at)));
  }

  private void give(List<Found> stretch) throws IOException {
    if (!stretch.isEmpty() && !sink.needles(stretch)) {
      stopped = true;
    }
  }

  /** No needle begins here: looks for the next one. */
  private long skipGap(long at) throws IOException {
    long[] next = {end};
    new VolumeScan(volume)
        .run(
            at,
            end,
            Long.MAX_VALUE,
            new VolumeScan.Sink() {
              @Override
              public boolean needle(NeedleEntry entry, long durableBefore) {
                next[0] = entry.location().offset();
                return false;
              }

              @Override
              public void gap(long from, long to, Optional<NeedleEntry> entry) {}
            });
    if (next[0] > at) {
      sink.gap(at, next[0]);
      return next[0];
    }
    return oneByOne(at);
  }

  /** Over bytes that cannot be read at once; {@link VolumeScan} reads around bad sectors. */
  private long oneByOne(long from) throws IOException {
    long[] at = {from};
    new VolumeScan(volume)
        .run(
            from,
            end,
            Long.MAX_VALUE,
            new VolumeScan.Sink() {
              @Override
              public boolean needle(NeedleEntry entry, long durableBefore) throws IOException {
                give(List.of(new Found(entry, Optional.empty())));
                at[0] = entry.location().end();
                return !stopped && at[0] - from < window.capacity();
              }

              @Override
              public void gap(long gapFrom, long to, Optional<NeedleEntry> entry)
                  throws IOException {
                sink.gap(gapFrom, to);
                at[0] = to;
              }
            });
    return at[0];
  }
}
