package io.backpack.volume;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One directory of a node: which volume takes the next needle, how it is begun and how it ends. Any
 * thread may look volumes up. The directory's writer has one open volume, and beside it one
 * compaction (see {@link CompactionGate}) has another; the two meet only in the {@link
 * VolumeTable}.
 */
final class StoreDirectory implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(StoreDirectory.class);
  private static final Duration COMPACTION_PATIENCE = Duration.ofSeconds(60);

  /** Room for the longest header, and enough for one write. */
  private static final int STAGING = 1 << 20;

  /** A full directory is written again when this part of its disk is free above the reserve... */
  private static final int MARGIN_PART = 100;

  /** ... or this many bytes, or as much as the reserve, whichever is least. */
  private static final long MAX_MARGIN = 1L << 30;

  private final Disk disk;
  private final Path dir;
  private final int ordinal;
  private final VolumeSettings settings;
  private final DamageReport damage;
  private final DamageFile damageFile;
  private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING);
  private final CompactionGate gate = new CompactionGate();
  private final VolumeTable table;
  private FileStore fileSystem;
  private long margin;

  /** The writer's alone. */
  private Optional<OpenVolume> open = Optional.empty();

  /** The compaction's. */
  private volatile Optional<OpenVolume> output = Optional.empty();

  StoreDirectory(
      Disk disk,
      Path dir,
      DirectoryIdentity identity,
      VolumeSettings settings,
      DamageReport damage) {
    this.disk = disk;
    this.dir = dir;
    this.ordinal = identity.ordinal();
    this.settings = settings;
    this.damage = damage;
    this.table = new VolumeTable(disk, dir, identity);
    this.damageFile = new DamageFile(disk, dir, damage);
  }

  /** Nothing is ever written: its file system takes no writes, and nobody holds it locked. */
  void onlyRead() {
    table.onlyRead();
  }

  boolean readOnly() {
    return table.readOnly();
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
    table.adopt(next, found, stillThere);
    damageFile.load(this::find);
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
    return table.find(id);
  }

  List<Volume> volumes() {
    return table.volumes();
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
    if (!readOnly()) {
      damageFile.saveWhenDue();
    }
  }

  /** The volume that takes a needle of this length; rolls over to a new one when it must. */
  OpenVolume forNeedle(long length) throws IOException {
    table.storeDue();
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
    table.storeDue();
    if (open.isPresent() && open.get().volume().length() > Volume.START) {
      seal(open.get());
      open = Optional.empty();
      table.store();
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
    if (open.isPresent() && !table.due()) {
      OpenVolume failed = open.get();
      open = Optional.empty();
      abandon(failed);
    }
  }

  private void abandon(OpenVolume failed) {
    failed.salvage();
    failed.volume().seal();
    Quietly.close(failed);
    try {
      table.end(failed.volume());
    } catch (IOException e) {
      // The next start finds the end by itself.
      LOG.warn("cannot write the manifest of {}: {}", dir, e.getMessage());
    }
  }

  /** First the files, then the manifest: what it lists is there, and what it does not is empty. */
  private OpenVolume create(boolean sync, ByteBuffer buffer) throws IOException {
    NewVolume made = NewVolume.make(disk, dir, table.nextSuperblock(), damage);
    boolean listed = false;
    try {
      table.add(made.volume());
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

  /** A volume for what a compaction moves; every write to it is synced. For who has the gate. */
  OpenVolume createOutput(ByteBuffer buffer) throws IOException {
    table.storeDue();
    OpenVolume created = create(true, buffer);
    table.change(() -> output = Optional.of(created));
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
      output = Optional.empty();
      table.end(done.volume());
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
    table.retire(volume);
  }

  /** Deletes the files of all volumes that are retired, and takes these out of the manifest. */
  void deleteRetired() throws IOException {
    table.deleteRetired();
  }

  /** Writes the mark of an orderly stop, if it is one, and closes all files. */
  @Override
  public void close() {
    gate.stop();
    boolean quiet = gate.close(COMPACTION_PATIENCE);
    if (readOnly()) {
      abandon();
      return;
    }
    damageFile.save();
    try {
      table.close(quiet, this::endOpen);
    } catch (IOException e) {
      LOG.warn("{} is not closed in order, the next start will check it: {}", dir, e.getMessage());
    }
    if (!quiet) {
      LOG.warn("a compaction of {} did not end in time, the next start will check it", dir);
    }
    abandon();
  }

  private void endOpen() throws IOException {
    if (open.isPresent()) {
      open.get().syncAll();
      open.get().volume().orderly();
      if (!open.get().logWhole()) {
        open.get().volume().seal();
      }
    }
  }

  /** Closes all files and leaves them as they are. */
  void abandon() {
    open.ifPresent(Quietly::close);
    open = Optional.empty();
    output.ifPresent(Quietly::close);
    volumes().forEach(Quietly::close);
  }
}
