package io.backpack.index;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.backpack.volume.IndexBatch;
import io.backpack.volume.Location;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleLog;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Volumes in memory: what is appended is durable at once. */
final class FakeNeedleLog implements NeedleLog {
  static final long START = 64;
  private static final int REPLAYED_AT_ONCE = 1000;

  private final TreeMap<Integer, List<NeedleEntry>> volumes = new TreeMap<>();
  private volatile Runnable beforeReplay = () -> {};
  private volatile boolean complete = true;

  /** Something to do, or wait for, at the begin of each replay. */
  void beforeReplay(Runnable action) {
    beforeReplay = action;
  }

  /** A needle that is not placed yet. */
  static NeedleEntry photo(String name, long version) {
    return entry(name, version, false, false, false, 0);
  }

  static NeedleEntry tombstone(String name, long version) {
    return entry(name, version, true, true, false, 0);
  }

  static NeedleEntry entry(
      String name,
      long version,
      boolean tombstone,
      boolean supersedes,
      boolean collided,
      int generation) {
    return new NeedleEntry(
        PhotoName.of(name),
        new Version(version),
        tombstone,
        supersedes,
        collided,
        generation,
        new Location(1, 0, 104));
  }

  /** Appends needles; their places in the entries given are ignored. */
  synchronized IndexBatch append(int volume, List<NeedleEntry> needles) {
    List<NeedleEntry> entries = volumes.computeIfAbsent(volume, v -> new ArrayList<>());
    long from = end(entries);
    long at = from;
    List<NeedleEntry> placed = new ArrayList<>();
    for (NeedleEntry needle : needles) {
      Location location = new Location(volume, at, needle.location().length());
      at = location.end();
      placed.add(
          new NeedleEntry(
              needle.name(),
              needle.version(),
              needle.tombstone(),
              needle.supersedes(),
              needle.collided(),
              needle.generation(),
              location));
    }
    entries.addAll(placed);
    return new IndexBatch(volume, from, at, placed);
  }

  IndexBatch append(int volume, NeedleEntry... needles) {
    return append(volume, List.of(needles));
  }

  /** Drops the volume's last needles, or the volume. */
  synchronized void truncate(int volume, int needles) {
    List<NeedleEntry> entries = volumes.get(volume);
    entries.subList(entries.size() - needles, entries.size()).clear();
  }

  synchronized void remove(int volume) {
    volumes.remove(volume);
  }

  /** False: as if a directory were refused. */
  void complete(boolean now) {
    complete = now;
  }

  @Override
  public List<String> missing() {
    return complete ? List.of() : List.of("directory 2 is not there");
  }

  private static long end(List<NeedleEntry> entries) {
    return entries.isEmpty() ? START : entries.get(entries.size() - 1).location().end();
  }

  @Override
  public synchronized List<Extent> extents() {
    return volumes.entrySet().stream()
        .map(volume -> new Extent(volume.getKey(), START, end(volume.getValue())))
        .toList();
  }

  @Override
  public void replay(int volume, long from, Visitor visitor) throws IOException {
    beforeReplay.run();
    List<NeedleEntry> entries;
    synchronized (this) {
      entries = volumes.get(volume).stream().filter(e -> e.location().offset() >= from).toList();
    }
    long at = from;
    for (int first = 0; first < entries.size(); first += REPLAYED_AT_ONCE) {
      int last = Math.min(entries.size(), first + REPLAYED_AT_ONCE);
      long to = entries.get(last - 1).location().end();
      if (!visitor.visit(new IndexBatch(volume, at, to, entries.subList(first, last)))) {
        return;
      }
      at = to;
    }
  }
}
