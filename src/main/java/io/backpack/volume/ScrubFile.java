package io.backpack.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * When each volume of a directory was last verified. No more than a help: without it they count as
 * never verified.
 */
final class ScrubFile {
  // offset  bytes
  //      0      8  magic "BPSCRUBS"
  //      8      4  format version: 1
  //     12      4  count of volumes, n
  //     16         16 bytes a volume
  //    end      4  CRC-32C of everything before
  // a volume:
  //      0      4  id
  //      4      4  reserved, zero
  //      8      8  when its last verification began, milliseconds since 1970-01-01 UTC
  static final String FILE = "backpack.scrub";

  private static final Logger LOG = LoggerFactory.getLogger(ScrubFile.class);
  private static final long MAGIC = Superblock.magic("BPSCRUBS");
  private static final int FORMAT = 1;
  private static final int HEAD = 16;
  private static final int ENTRY = 16;
  private static final int CRC_BYTES = 4;

  private ScrubFile() {}

  /** Tells the volumes of a directory. */
  static void read(Disk disk, StoreDirectory directory) {
    Path file = directory.dir().resolve(FILE);
    if (!Files.exists(file)) {
      return;
    }
    try (VolumeFile in = disk.openForReading(file)) {
      ByteBuffer bytes = Bytes.allocate((int) Math.min(in.size(), Integer.MAX_VALUE / 2));
      int count = 0;
      while (bytes.hasRemaining() && count >= 0) {
        count = in.read(bytes, bytes.position());
      }
      if (!decode(bytes.flip(), directory)) {
        LOG.warn("{} is damaged: its volumes count as not verified yet", file);
      }
    } catch (IOException e) {
      LOG.warn("cannot read {}, its volumes count as not verified yet: {}", file, e.getMessage());
    }
  }

  private static boolean decode(ByteBuffer in, StoreDirectory directory) {
    int crcAt = in.limit() - CRC_BYTES;
    if (crcAt < HEAD
        || in.getLong(0) != MAGIC
        || in.getInt(8) != FORMAT
        || in.getInt(12) != (crcAt - HEAD) / ENTRY
        || in.getInt(crcAt) != Bytes.crc(in.slice(0, crcAt))) {
      return false;
    }
    for (int at = HEAD; at + ENTRY <= crcAt; at += ENTRY) {
      Instant verified = Instant.ofEpochMilli(in.getLong(at + 8));
      directory.find(in.getInt(at)).ifPresent(volume -> volume.verified(verified));
    }
    return true;
  }

  /** Keeps what the volumes of a directory know. */
  static void write(Disk disk, StoreDirectory directory) {
    List<Volume> verified =
        directory.volumes().stream().filter(each -> each.verified().isPresent()).toList();
    ByteBuffer out = Bytes.allocate(HEAD + ENTRY * verified.size() + CRC_BYTES);
    out.putLong(MAGIC).putInt(FORMAT).putInt(verified.size());
    for (Volume volume : verified) {
      out.putInt(volume.id()).putInt(0).putLong(volume.verified().get().toEpochMilli());
    }
    out.putInt(Bytes.crc(out.slice(0, out.position())));
    Path file = directory.dir().resolve(FILE);
    try {
      DurableFile.write(disk, file, out.flip());
    } catch (IOException e) {
      LOG.warn("cannot write {}: {}", file, e.getMessage());
    }
  }
}
