package io.backpack.volume;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
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
 * The volumes of one directory, with its manifest. Any thread may look volumes up. The directory's
 * writer has one open volume, and beside it one compaction (see {@link CompactionGate}) has
 * another; the two meet only where the manifest is changed, which takes as long as writing it.
 */
final class StoreDirectory implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(StoreDirectory.class);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int ORDINAL_SHIFT = 24;
  private static final Duration COMPACTION_PATIENCE = Duration.ofSeconds(60);

  /** Room for the longest header, and enough for one write. */
  private static final int STAGING = 1 << 20;

  /** A full directory is written again when this part of its disk is free above the reserve... */
  private static final int MARGIN_PART = 100;

  /** ... or this many bytes, or as much as the reserve, whichever is least. */
  private static final long MAX_MARGIN = 1L << 30;

  private final Disk disk;
  private final Path dir;
  private final String cookie;
  private final int ordinal;
  private final VolumeSettings settings;
  private final DamageReport damage;
  private final DamageFile damageFile;
  private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING);
  private final CompactionGate gate = new CompactionGate();
  private final ConcurrentSkipListMap<Integer, Volume> volumes = new ConcurrentSkipListMap<>();
  private FileStore fileSystem;

  /** The writer's alone. */
  private Optional<OpenVolume> open = Optional.empty();

  /** Held while {@link #volumes}, what follows here, or the manifest changes. */
  private final ReentrantLock changes = new ReentrantLock();

  private final Map<Integer, ManifestEntry> retired = new TreeMap<>();
  private int nextNumber;
  private long margin;
  private boolean readOnly;
  private boolean manifestDue; // The disk refused it at the start.
  private Optional<OpenVolume> output = Optional.empty();
  private boolean closed;

  StoreDirectory(
      Disk disk,
      Path dir,
      DirectoryIdentity identity,
      VolumeSettings settings,
      DamageReport damage) {
    this.disk = disk;
    this.dir = dir;
    this.cookie = identity.store().cookie();
    this.ordinal = identity.ordinal();
    this.settings = settings;
    this.damage = damage;
    this.damageFile = new DamageFile(disk, dir, damage);
  }

  /** Nothing is ever written: its file system takes no writes, and nobody holds it locked. */
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
  void adopt(int next, Collection<Volume> found, Collection<ManifestEntry> stillThere)
      throws IOException {
    fileSystem = Files.getFileStore(dir);
    margin =
        Math.min(
            settings.reserve(), Math.min(MAX_MARGIN, fileSystem.getTotalSpace() / MARGIN_PART));
    changes.lock();
    try {
      nextNumber = next;
      found.forEach(each -> volumes.put(each.id(), each));
      damageFile.load(this::find);
      stillThere.forEach(each -> retired.put(each.id(), each));
      if (readOnly) {
        return;
      }
      // Before the first byte is written: from now on the last stop was not an orderly one.
      store(false);
    } catch (IOException e) {
      manifestDue = true;
      readOnly = DiskErrors.readOnly(e, dir);
      LOG.error("cannot write the manifest of {}, it can only be read: {}", dir, e.toString());
    } finally {
      changes.unlock();
    }
  }

  /** Goes on writing a volume that was adopted. */
  void resume(Volume volume, VolumeFile file, IndexLogWriter log) {
    open = Optional.of(new OpenVolume(volume, file, log, settings.sync(), staging));
  }

  Path dir() {
    return dir;
  }

  int ordinal() {
    return ordinal;
  }

  /** Who wants to compact here asks this first. */
  CompactionGate gate() {
    return gate;
  }

  Optional<Volume> find(int id) {
    return Optional.ofNullable(volumes.get(id));
  }

  List<Volume> volumes() {
    return List.copyOf(volumes.values());
  }

  /** Equal for directories that share their free space. */
  FileStore fileSystem() {
    return fileSystem;
  }

  /**
   * Bytes above the reserve that must be free before the directory, once full, is written again.
   */
  long margin() {
    return margin;
  }

  ReadErrors readErrors() {
    return damage.readErrors(dir);
  }

  WriteProbe probe() {
    return new WriteProbe(disk, dir);
  }

  long usableSpace() throws IOException {
    return disk.usableSpace(dir);
  }

  /** Remembers over a restart what was found damaged, now and then. */
  void saveDamage() {
    if (readOnly) {
      return;
    }
    damageFile.saveWhenDue();
  }

  /** The volume that takes a needle of this length; rolls over to a new one when it must. */
  OpenVolume forNeedle(long length) throws IOException {
    writeDueManifest();
    if (open.isPresent() && open.get().hasRoom(0, length, settings.volumeSize())) {
      return open.get();
    }
    if (open.isPresent()) {
      seal(open.get());
      open = Optional.empty();
    }
    OpenVolume created = create(settings.sync(), staging);
    open = Optional.of(created);
    return created;
  }

  /** Seals the volume that is open, if it holds anything; for the writer. */
  void roll() throws IOException {
    writeDueManifest();
    if (open.isPresent() && open.get().volume().length() > Volume.START) {
      seal(open.get());
      open = Optional.empty();
      change(() -> store(false));
    }
  }

  private void writeDueManifest() throws IOException {
    checkWritable();
    change(
        () -> {
          if (manifestDue) {
            store(false);
          }
        });
  }

  private void checkWritable() throws IOException {
    if (readOnly) {
      throw new IOException("Read-only file system");
    }
  }

  private static void seal(OpenVolume full) {
    try {
      full.syncAll();
    } catch (IOException e) {
      LOG.warn("cannot sync {}: {}", full.volume().info(), e.getMessage());
    }
    full.volume().seal();
    Quietly.close(full);
  }

  /**
   * After a failed write or sync: nothing is written to the volume any more, its end stays where it
   * was last durable. While the manifest of the start is due nothing was written.
   */
  void abandonOpen() {
    if (open.isPresent() && !manifestIsDue()) {
      OpenVolume failed = open.get();
      open = Optional.empty();
      abandon(failed);
    }
  }

  private boolean manifestIsDue() {
    changes.lock();
    try {
      return manifestDue;
    } finally {
      changes.unlock();
    }
  }

  private void abandon(OpenVolume failed) {
    failed.salvage();
    failed.volume().seal();
    Quietly.close(failed);
    try {
      listSealed(failed.volume());
    } catch (IOException e) {
      // The next start finds the end by itself.
      LOG.warn("cannot write the manifest of {}: {}", dir, e.getMessage());
    }
  }

  /** Lists the end of a volume; one that came to nothing leaves. */
  private void listSealed(Volume volume) throws IOException {
    boolean empty = volume.length() == Volume.START;
    if (empty) {
      volumes.remove(volume.id());
      Quietly.close(volume);
    }
    change(() -> store(false));
    if (empty) {
      deleteFiles(disk, dir, volume.id());
    }
  }

  /** First the files, then the manifest: what it lists is there, and what it does not is empty. */
  private OpenVolume create(boolean sync, ByteBuffer buffer) throws IOException {
    NewVolume made = NewVolume.make(disk, dir, nextSuperblock(), damage);
    boolean listed = false;
    try {
      change(() -> list(made.volume()));
      listed = true;
      return new OpenVolume(made.volume(), made.file(), made.log(), sync, buffer);
    } finally {
      if (!listed) {
        // The files stay: the manifest may list them. The next start removes them when they are
        // empty and not listed.
        made.close();
      }
    }
  }

  private Superblock nextSuperblock() throws IOException {
    changes.lock();
    try {
      if (nextNumber > Manifest.MAX_NUMBER) {
        throw new IOException(
            "all volume numbers of " + dir + " are used up: give the node another");
      }
      int id = ordinal << ORDINAL_SHIFT | nextNumber;
      nextNumber++;
      return new Superblock(id, cookie, RANDOM.nextLong(), System.currentTimeMillis());
    } finally {
      changes.unlock();
    }
  }

  private void list(Volume volume) throws IOException {
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
  }

  /** A volume for what a compaction moves; every write to it is synced. For who has the gate. */
  OpenVolume createOutput(ByteBuffer buffer) throws IOException {
    writeDueManifest();
    OpenVolume created = create(true, buffer);
    change(() -> output = Optional.of(created));
    return created;
  }

  /**
   * Ends the output of a compaction: synced, sealed, and listed so. One that came to nothing
   * leaves.
   *
   * @param sound false after a failed write: it ends where it was durable
   */
  void endOutput(OpenVolume done, boolean sound) throws IOException {
    try {
      if (sound) {
        done.syncAll();
      }
    } finally {
      done.volume().seal();
      Quietly.close(done);
      changes.lock();
      try {
        output = Optional.empty();
      } finally {
        changes.unlock();
      }
      listSealed(done.volume());
    }
  }

  /** What was appended to the directory until now is on the disk, whatever the settings say. */
  void syncOpen() throws IOException {
    for (Volume each : volumes()) {
      if (!each.sealed()) {
        try (VolumeFile file = disk.open(Volume.file(dir, each.id()))) {
          file.force(false);
        }
      }
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

  @FunctionalInterface
  private interface Change {
    void make() throws IOException;
  }

  private void change(Change change) throws IOException {
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
    manifestDue = false;
  }

  /** Writes the mark of an orderly stop, if it is one, and closes all files. */
  @Override
  public void close() {
    gate.stop();
    boolean quiet = gate.close(COMPACTION_PATIENCE);
    if (readOnly) {
      abandon();
      return;
    }
    damageFile.save();
    changes.lock();
    try {
      closed = true;
      if (manifestDue) {
        store(false);
      }
      if (open.isPresent()) {
        open.get().syncAll();
        open.get().volume().orderly();
        if (!open.get().logWhole()) {
          open.get().volume().seal();
        }
      }
      store(quiet);
    } catch (IOException e) {
      LOG.warn("{} is not closed in order, the next start will check it: {}", dir, e.getMessage());
    } finally {
      changes.unlock();
    }
    if (!quiet) {
      LOG.warn("a compaction of {} did not end in time, the next start will check it", dir);
    }
    abandon();
  }

  /** Closes all files and leaves them as they are. */
  void abandon() {
    open.ifPresent(Quietly::close);
    open = Optional.empty();
    changes.lock();
    try {
      output.ifPresent(Quietly::close);
    } finally {
      changes.unlock();
    }
    volumes.values().forEach(Quietly::close);
  }
}
