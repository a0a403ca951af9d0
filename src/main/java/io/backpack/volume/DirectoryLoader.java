package io.backpack.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens one directory of a store: manifest, volumes, and the recovery of the one that was open. */
final class DirectoryLoader {
  private static final Logger LOG = LoggerFactory.getLogger(DirectoryLoader.class);
  private static final Pattern VOLUME_FILE = Pattern.compile("data_(\\d{1,10})(\\.meta)?");
  private static final int NUMBER_BITS = 24;

  private final Disk disk;
  private final Path dir;
  private final DirectoryIdentity identity;
  private final VolumeSettings settings;
  private final DamageReport damage;
  private final boolean readOnly;
  private final Map<Integer, Volume> volumes = new TreeMap<>();
  private final Map<Integer, ManifestEntry> stillThere = new TreeMap<>();

  /**
   * @param readOnly the file system takes no writes: nothing is written, what would be is kept in
   *     memory, and found again in the same way by the next start
   */
  DirectoryLoader(
      Disk disk,
      Path dir,
      DirectoryIdentity identity,
      VolumeSettings settings,
      DamageReport damage,
      boolean readOnly) {
    this.disk = disk;
    this.dir = dir;
    this.identity = identity;
    this.settings = settings;
    this.damage = damage;
    this.readOnly = readOnly;
  }

  /**
   * Loads the directory.
   *
   * @throws IOException when it cannot serve; the message says why and what to do
   */
  StoreDirectory load() throws IOException {
    boolean loaded = false;
    StoreDirectory directory = new StoreDirectory(disk, dir, identity, settings, damage);
    if (readOnly) {
      directory.onlyRead();
    }
    try {
      Manifest manifest = readManifest();
      boolean oneOpen = manifest.volumes().stream().filter(each -> !each.sealed()).count() == 1;
      for (ManifestEntry entry : manifest.volumes()) {
        if (entry.retired()) {
          delete(entry);
          continue;
        }
        Volume volume = open(entry);
        if (!entry.sealed()) {
          settle(directory, volume, entry, manifest.clean() && oneOpen);
        }
        if (volume.fileSize() < volume.length()) {
          long from = volume.fileSize();
          String reason = volume.lost() ? "the file is lost" : "the file was cut";
          damage.add(new Damage(volume.id(), dir, from, volume.length() - from, reason));
        }
      }
      int next = clearLeftovers(manifest);
      volumes.values().removeIf(DirectoryLoader::neverUsed);
      directory.adopt(next, volumes.values(), stillThere.values());
      loaded = true;
      return directory;
    } finally {
      if (!loaded) {
        for (Volume volume : volumes.values()) {
          volume.close();
        }
        directory.abandon();
      }
    }
  }

  private Manifest readManifest() throws IOException {
    Path file = dir.resolve(Manifest.FILE);
    if (!Files.exists(file)) {
      throw new IOException(
          "the file manifest is missing: restore it, or give the node an empty directory instead"
              + " and let it copy the photos from the other nodes of its shard");
    }
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
    Manifest manifest =
        Manifest.decode(bytes)
            .orElseThrow(
                () ->
                    new IOException(
                        "the file manifest is damaged or of a newer release: restore it, or give"
                            + " the node an empty directory instead and let it copy the photos from"
                            + " the other nodes of its shard"));
    if (!Manifest.whole(bytes)) {
      LOG.warn("one copy inside {} is damaged, it is written anew", file);
    }
    if (!manifest.cookie().equals(identity.store().cookie())
        || manifest.ordinal() != identity.ordinal()) {
      throw new IOException(
          "the files manifest and backpack.identity belong to different directories: restore the"
              + " right ones");
    }
    return manifest;
  }

  /** Ends what a compaction began. */
  private void delete(ManifestEntry entry) {
    if (readOnly) {
      return;
    }
    try {
      VolumeTable.deleteFiles(disk, dir, entry.id());
      disk.syncDirectory(dir); // Before the manifest forgets them.
    } catch (IOException e) {
      LOG.warn("cannot delete {}: {}", Volume.file(dir, entry.id()), e.getMessage());
      stillThere.put(entry.id(), entry);
    }
  }

  private Volume open(ManifestEntry entry) throws IOException {
    Path file = Volume.file(dir, entry.id());
    Superblock superblock = entry.superblock(identity.store().cookie());
    SharedReader reader = Files.exists(file) ? new SharedReader(disk, file) : null;
    Volume volume = new Volume(superblock, dir, reader, entry, damage);
    volumes.put(volume.id(), volume);
    if (reader != null && !volume.superblockSound()) {
      damage.add(
          new Damage(
              volume.id(), dir, 0, Superblock.SIZE, "the superblock is not that of the volume"));
    }
    return volume;
  }

  /** Finds the end of a volume that was not sealed, and seals it unless all was in order. */
  private void settle(StoreDirectory directory, Volume volume, ManifestEntry entry, boolean clean)
      throws IOException {
    boolean inOrder =
        clean && !volume.lost() && volume.fileSize() == entry.length() && volume.superblockSound();
    Path file = Volume.file(dir, volume.id());
    OptionalLong logLength = inOrder ? orderlyLog(volume, entry.length()) : OptionalLong.empty();
    if (logLength.isPresent()) {
      volume.recovered(entry.length(), entry.needles(), Torn.NONE);
      goOn(directory, volume, logLength.getAsLong());
      return;
    }
    if (!inOrder && !volume.lost() && !readOnly) {
      // First: what is read after this, and said to be durable, must not be in memory only.
      try (VolumeFile data = disk.open(file)) {
        data.force(true);
      }
    }
    Recovery.Result found = new Recovery(disk, volume, entry.length(), damage, readOnly).run();
    volume.recovered(found.length(), found.needles(), found.torn());
    if (inOrder && found.length() == entry.length() && found.logLength().isPresent()) {
      goOn(directory, volume, found.logLength().getAsLong());
      return;
    }
    volume.seal();
    if (!readOnly) {
      LOG.info(
          "{} {}: sealed at {} with {} needles, {} unfinished bytes behind it",
          file,
          inOrder ? "cannot be gone on with" : "was not closed in order",
          found.length(),
          found.needles(),
          found.unfinished());
    }
  }

  /**
   * The length of the index log, where an orderly stop left it whole: it was synced before the
   * manifest said so, and reading all of it would take seconds for a volume of tiny photos. Damage
   * in it since then is met by those who read it, who take the rest from the volume.
   */
  private OptionalLong orderlyLog(Volume volume, long durable) {
    try (VolumeFile log = disk.openForReading(Volume.logFile(dir, volume.id()))) {
      return IndexLogReader.endsInOrder(log, volume.superblock(), durable)
          ? OptionalLong.of(log.size())
          : OptionalLong.empty();
    } catch (IOException e) {
      return OptionalLong.empty(); // Recovery says what is wrong with it.
    }
  }

  private void goOn(StoreDirectory directory, Volume volume, long logLength) throws IOException {
    if (readOnly) {
      volume.seal(); // For those who read; in the manifest it stays open.
      return;
    }
    VolumeFile log = disk.open(Volume.logFile(dir, volume.id()));
    directory.resume(
        volume,
        disk.open(Volume.file(dir, volume.id())),
        new IndexLogWriter(log, volume.superblock().salt(), logLength));
  }

  private static boolean neverUsed(Volume volume) {
    try {
      boolean unused =
          volume.sealed()
              && volume.length() == Volume.START
              && !volume.lost()
              && volume.fileSize() <= Superblock.SIZE;
      if (unused) {
        volume.close();
      }
      return unused;
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * A stop between the making of a volume and its entry in the manifest leaves files that hold
   * nothing; those go. What is not listed and holds something stays where it is, unread.
   *
   * @return the number for the next volume
   */
  private int clearLeftovers(Manifest manifest) throws IOException {
    int next = manifest.nextNumber();
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir, "data_*")) {
      for (Path file : files) {
        Matcher name = VOLUME_FILE.matcher(file.getFileName().toString());
        if (!name.matches()) {
          continue;
        }
        long id = Long.parseLong(name.group(1));
        if (id >>> NUMBER_BITS != identity.ordinal()
            || volumes.containsKey((int) id)
            || stillThere.containsKey((int) id)) {
          continue;
        }
        next = Math.max(next, ((int) id & Manifest.MAX_NUMBER) + 1);
        if (!readOnly) {
          clearLeftover((int) id);
        }
      }
    }
    return next;
  }

  /** The file, its index log, or both: after a power cut there may be either. */
  private void clearLeftover(int id) throws IOException {
    Path file = Volume.file(dir, id);
    Path log = Volume.logFile(dir, id);
    boolean holds = Files.exists(file) && Files.size(file) > Superblock.SIZE;
    if (holds) {
      LOG.warn("{} is not in the manifest: left alone", file);
      return;
    }
    if (Files.exists(log)) {
      disk.delete(log);
    }
    if (Files.exists(file)) {
      disk.delete(file);
    }
  }
}
