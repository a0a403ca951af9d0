package io.backpack.volume;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;

/** The files of a volume that no manifest lists yet: durable, and without a needle. */
record NewVolume(Volume volume, VolumeFile file, IndexLogWriter log) implements Closeable {
  /** Makes them; after a failure what is left of them holds nothing. */
  static NewVolume make(Disk disk, Path dir, Superblock superblock, DamageReport damage)
      throws IOException {
    Path data = Volume.file(dir, superblock.id());
    VolumeFile file = null;
    VolumeFile logFile = null;
    SharedReader reader = null;
    boolean done = false;
    try {
      file = disk.create(data);
      Bytes.writeFully(file, superblock.encode(Superblock.VOLUME_MAGIC), 0);
      file.force(true);
      logFile = disk.create(Volume.logFile(dir, superblock.id()));
      IndexLogWriter log = IndexLogWriter.begin(logFile, superblock);
      log.force();
      disk.syncDirectory(dir);
      reader = new SharedReader(disk, data);
      ManifestEntry entry =
          new ManifestEntry(
              superblock.id(),
              VolumeState.OPEN,
              superblock.salt(),
              superblock.created(),
              Volume.START,
              0,
              Torn.NONE);
      Volume volume = new Volume(superblock, dir, reader, entry, damage);
      done = true;
      return new NewVolume(volume, file, log);
    } finally {
      if (!done) {
        Quietly.close(file);
        Quietly.close(logFile);
        Quietly.close(reader);
      }
    }
  }

  @Override
  public void close() {
    Quietly.close(file);
    Quietly.close(log);
    Quietly.close(volume);
  }
}
