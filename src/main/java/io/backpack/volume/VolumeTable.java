package io.backpack.volume;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which volumes a directory has, in memory and in its {@link Manifest}: every change is written
 * before it counts. Any thread may look volumes up. The directory's writer and one compaction
 * change the table; they wait for each other for as long as it takes to write the manifest.
 */
final class VolumeTable {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeTable.class);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final Disk disk;
  private final Path dir;
  private final String cookie;
  private final int ordinal;
  private final Optional<Object> place;
  private final ConcurrentSkipListMap<Integer, Volume> volumes = new ConcurrentSkipListMap<>();

  /** Held while {@link #volumes}, what follows here, or the manifest changes. */
  private final ReentrantLock changes = new ReentrantLock();

  private final Map<Integer, ManifestEntry> retired = new TreeMap<>();
  private int nextNumber;
  private boolean due; // The disk refused the manifest at the start.
  private boolean closed;
  private volatile boolean readOnly;

  VolumeTable(Disk disk, Path dir, DirectoryIdentity identity) {
    this.disk = disk;
    this.dir = dir;
    this.cookie = identity.store().cookie();
    this.ordinal = identity.ordinal();
    this.place = place(dir);
  }

  /** Which directory the path leads to; another one when a disk was mounted or unmounted there. */
  private static Optional<Object> place(Path dir) {
    try {
      return Optional.ofNullable(Files.readAttributes(dir, BasicFileAttributes.class).fileKey());
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Nothing is ever written: the file system takes no writes. */
  void onlyRead() {
    readOnly = true;
  }

  boolean readOnly() {
    return readOnly;
  }

  /**
   * Takes over what was found at the start. On a full disk the directory can be read all the same:
   * the manifest is then written before the first needle.
   *
   * @param stillThere retired volumes whose files could not be deleted
   */
  void adopt(int next, Collection<Volume> found, Collection<ManifestEntry> stillThere) {
    changes.lock();
    try {
      nextNumber = next;
      found.forEach(each -> volumes.put(each.id(), each));
      stillThere.forEach(each -> retired.put(each.id(), each));
      if (!readOnly) {
        // Before the first byte is written: from now on the last stop was not an orderly one.
        store(false);
      }
    } catch (IOException e) {
      due = true;
      readOnly = DiskErrors.readOnly(e, dir);
      LOG.error("cannot write the manifest of {}, it can only be read: {}", dir, e.toString());
    } finally {
      changes.unlock();
    }
  }

  Optional<Volume> find(int id) {
    return Optional.ofNullable(volumes.get(id));
  }

  List<Volume> volumes() {
    return List.copyOf(volumes.values());
  }

  /** Whether the manifest of the start is still to be written, so that nothing else was. */
  boolean due() {
    changes.lock();
    try {
      return due;
    } finally {
      changes.unlock();
    }
  }

  /** Writes the manifest of the start, if it is due. */
  void storeDue() throws IOException {
    checkWritable();
    change(
        () -> {
          if (due) {
            store(false);
          }
        });
  }

  /** Writes what the volumes say of themselves now. */
  void store() throws IOException {
    change(() -> store(false));
  }

  /** What a new volume is to be called. A number is never given out twice. */
  Superblock nextSuperblock() throws IOException {
    changes.lock();
    try {
      if (nextNumber > Manifest.MAX_NUMBER) {
        throw new IOException(
            "all volume numbers of " + dir + " are used up: give the node another");
      }
      int id = Volume.id(ordinal, nextNumber);
      nextNumber++;
      return new Superblock(id, cookie, RANDOM.nextLong(), System.currentTimeMillis());
    } finally {
      changes.unlock();
    }
  }

  /** Lists a new volume, whose files are there. */
  void add(Volume volume) throws IOException {
    change(
        () -> {
          volumes.put(volume.id(), volume);
          boolean stored = false;
          try {
            store(false);
            stored = true;
          } finally {
            if (!stored) {
              volumes.remove(volume.id());
            }
          }
        });
  }

  /** Lists the end of a volume; one that came to nothing leaves. */
  void end(Volume volume) throws IOException {
    boolean empty = volume.length() == Volume.START;
    if (empty) {
      volumes.remove(volume.id());
      Quietly.close(volume);
    }
    store();
    if (empty) {
      deleteFiles(disk, dir, volume.id());
    }
  }

  /**
   * Makes it durable that nobody needs a volume any more. From then on it is not found here.
   *
   * @throws IOException when the manifest could not be written; the volume then serves as before
   */
  void retire(Volume volume) throws IOException {
    change(
        () -> {
          retired.put(volume.id(), volume.manifestEntry().retire());
          boolean stored = false;
          try {
            store(false);
            stored = true;
          } finally {
            if (!stored) {
              retired.remove(volume.id());
            }
          }
          volumes.remove(volume.id());
          volume.retire();
        });
  }

  /** Deletes the files of all volumes that are retired, and takes these out of the manifest. */
  void deleteRetired() throws IOException {
    checkWritable();
    List<Integer> gone;
    changes.lock();
    try {
      gone = List.copyOf(retired.keySet());
    } finally {
      changes.unlock();
    }
    if (gone.isEmpty()) {
      return;
    }
    for (int id : gone) {
      deleteFiles(disk, dir, id);
    }
    disk.syncDirectory(dir);
    change(
        () -> {
          Map<Integer, ManifestEntry> before = new TreeMap<>(retired);
          gone.forEach(retired::remove);
          boolean stored = false;
          try {
            store(false);
            stored = true;
          } finally {
            if (!stored) {
              retired.putAll(before);
            }
          }
        });
  }

  static void deleteFiles(Disk disk, Path dir, int id) throws IOException {
    for (Path file : List.of(Volume.logFile(dir, id), Volume.file(dir, id))) {
      if (Files.exists(file)) {
        disk.delete(file);
      }
    }
  }

  /** A change of the manifest, or of what it is made of; made by one thread at a time. */
  @FunctionalInterface
  interface Change {
    void make() throws IOException;
  }

  /** Makes a change while the table is open. */
  void change(Change change) throws IOException {
    changes.lock();
    try {
      if (closed) {
        throw new IOException(dir + " is closed");
      }
      change.make();
    } finally {
      changes.unlock();
    }
  }

  /**
   * Writes the last manifest; nothing is changed any more, also when that fails.
   *
   * @param orderly whether it is to say that the stop was an orderly one
   * @param ending what must be durable before
   */
  void close(boolean orderly, Change ending) throws IOException {
    changes.lock();
    try {
      closed = true;
      if (due) {
        store(false);
      }
      ending.make();
      store(orderly);
    } finally {
      changes.unlock();
    }
  }

  private void store(boolean clean) throws IOException {
    checkWritable();
    List<ManifestEntry> entries =
        Stream.concat(
                volumes.values().stream()
                    .filter(each -> !retired.containsKey(each.id()))
                    .map(Volume::manifestEntry),
                retired.values().stream())
            .toList();
    new Manifest(cookie, ordinal, nextNumber, clean, entries).write(disk, dir);
    due = false;
  }

  private void checkWritable() throws IOException {
    if (readOnly) {
      throw new IOException("Read-only file system");
    }
    if (!place(dir).equals(place)) {
      // What is written by name now would be on another disk.
      throw new IOException(
          "the disk of "
              + dir
              + " is not mounted there any more: mount it and start the node again");
    }
  }
}
