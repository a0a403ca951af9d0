package io.backpack.volume;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The volumes of one directory, with its manifest. Any thread may look volumes up; all else is for
 * the directory's writer.
 */
final class StoreDirectory implements Closeable {
  private static final Logger LOG = LoggerFactory.getLogger(StoreDirectory.class);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int ORDINAL_SHIFT = 24;

  /** Room for the longest header, and enough for one write. */
  private static final int STAGING = 1 << 20;

  private final Disk disk;
  private final Path dir;
  private final String cookie;
  private final int ordinal;
  private final VolumeSettings settings;
  private final DamageReport damage;
  private final ByteBuffer staging = ByteBuffer.allocateDirect(STAGING);
  private final ConcurrentSkipListMap<Integer, Volume> volumes = new ConcurrentSkipListMap<>();
  private FileStore fileSystem;
  private int nextNumber;
  private boolean manifestDue; // The disk refused it at the start.
  private Optional<OpenVolume> open = Optional.empty();

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
  }

  /**
   * Takes over what was found at the start. On a full disk the directory can be read all the same:
   * the manifest is then written before the first needle.
   */
  void adopt(int next, Collection<Volume> found) throws IOException {
    fileSystem = Files.getFileStore(dir);
    nextNumber = next;
    for (Volume volume : found) {
      volumes.put(volume.id(), volume);
    }
    try {
      // Before the first byte is written: from now on the last stop was not an orderly one.
      store(false);
    } catch (IOException e) {
      manifestDue = true;
      LOG.error("cannot write the manifest of {}, it can only be read: {}", dir, e.toString());
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

  long usableSpace() throws IOException {
    return disk.usableSpace(dir);
  }

  /** The volume that takes a needle of this length; rolls over to a new one when it must. */
  OpenVolume forNeedle(long length) throws IOException {
    if (manifestDue) {
      store(false);
    }
    if (open.isPresent() && open.get().hasRoom(0, length, settings.volumeSize())) {
      return open.get();
    }
    if (open.isPresent()) {
      seal(open.get());
    }
    OpenVolume created = create();
    open = Optional.of(created);
    return created;
  }

  private void seal(OpenVolume full) {
    try {
      full.syncAll();
    } catch (IOException e) {
      LOG.warn("cannot sync {}: {}", full.volume().info(), e.getMessage());
    }
    full.volume().seal();
    open = Optional.empty();
    closeQuietly(full);
  }

  /**
   * After a failed write or sync: nothing is written to the volume any more, its end stays where it
   * was last durable. While the manifest of the start is due nothing was written.
   */
  void abandonOpen() {
    if (open.isEmpty() || manifestDue) {
      return;
    }
    OpenVolume failed = open.get();
    open = Optional.empty();
    failed.salvage();
    failed.volume().seal();
    closeQuietly(failed);
    boolean empty = failed.volume().length() == Volume.START;
    if (empty) {
      volumes.remove(failed.volume().id());
      closeQuietly(failed.volume());
    }
    try {
      store(false);
      if (empty) {
        deleteFiles(failed.volume().id());
      }
    } catch (IOException e) {
      // The next start finds the end by itself.
      LOG.warn("cannot write the manifest of {}: {}", dir, e.getMessage());
    }
  }

  /** First the files, then the manifest: what it lists is there, and what it does not is empty. */
  private OpenVolume create() throws IOException {
    if (nextNumber > Manifest.MAX_NUMBER) {
      throw new IOException("all volume numbers of " + dir + " are used up: give the node another");
    }
    Superblock superblock =
        new Superblock(
            ordinal << ORDINAL_SHIFT | nextNumber,
            cookie,
            RANDOM.nextLong(),
            System.currentTimeMillis());
    nextNumber++;
    VolumeFile file = null;
    VolumeFile logFile = null;
    SharedReader reader = null;
    boolean done = false;
    try {
      file = disk.create(Volume.file(dir, superblock.id()));
      Bytes.writeFully(file, superblock.encode(Superblock.VOLUME_MAGIC), 0);
      file.force(true);
      logFile = disk.create(Volume.logFile(dir, superblock.id()));
      IndexLogWriter log = IndexLogWriter.begin(logFile, superblock);
      log.force();
      disk.syncDirectory(dir);
      reader = new SharedReader(disk, Volume.file(dir, superblock.id()));
      ManifestEntry entry =
          new ManifestEntry(
              superblock.id(), false, superblock.salt(), superblock.created(), Volume.START, 0);
      Volume volume = new Volume(superblock, dir, reader, entry, damage);
      volumes.put(volume.id(), volume);
      store(false);
      done = true;
      return new OpenVolume(volume, file, log, settings.sync(), staging);
    } finally {
      if (!done) {
        // The files stay: the manifest may list them. The next start removes them when they are
        // empty and not listed.
        volumes.remove(superblock.id());
        closeQuietly(file);
        closeQuietly(logFile);
        closeQuietly(reader);
      }
    }
  }

  private void deleteFiles(int id) throws IOException {
    disk.delete(Volume.logFile(dir, id));
    disk.delete(Volume.file(dir, id));
  }

  private void store(boolean clean) throws IOException {
    Manifest manifest =
        new Manifest(
            cookie,
            ordinal,
            nextNumber,
            clean,
            volumes.values().stream().map(Volume::manifestEntry).toList());
    manifest.write(disk, dir);
    manifestDue = false;
  }

  /** Writes the mark of an orderly stop, if it is one, and closes all files. */
  @Override
  public void close() {
    try {
      if (manifestDue) {
        store(false);
      }
      if (open.isPresent()) {
        open.get().syncAll();
        if (!open.get().logWhole()) {
          open.get().volume().seal();
        }
      }
      store(true);
    } catch (IOException e) {
      LOG.warn("{} is not closed in order, the next start will check it: {}", dir, e.getMessage());
    }
    open.ifPresent(StoreDirectory::closeQuietly);
    open = Optional.empty();
    abandon();
  }

  /** Closes all files and leaves them as they are. */
  void abandon() {
    open.ifPresent(StoreDirectory::closeQuietly);
    volumes.values().forEach(StoreDirectory::closeQuietly);
  }

  private static void closeQuietly(Closeable file) {
    if (file == null) {
      return;
    }
    try {
      file.close();
    } catch (IOException e) {
      LOG.debug("closing a file: {}", e.getMessage());
    }
  }
}
