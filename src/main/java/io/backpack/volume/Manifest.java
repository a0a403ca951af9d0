package io.backpack.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What a directory holds: every volume, and what the next one will be called. A volume that is not
 * listed does not exist.
 *
 * @param cookie of the store, 32 hex digits
 * @param ordinal of the directory in the node, 1 to 255
 * @param nextNumber for the next volume; only ever grows, so that no volume id is used twice
 * @param clean the engine stopped in order after it wrote this
 */
record Manifest(
    String cookie, int ordinal, int nextNumber, boolean clean, List<ManifestEntry> volumes) {
  // offset  bytes
  //      0      8  magic "BPMANIFE"
  //      8      4  format version: 1
  //     12      4  length of this copy, n
  //     16     16  cookie of the store
  //     32      4  ordinal of the directory
  //     36      4  next number
  //     40      4  1 after an orderly stop, else 0
  //     44      4  count of volumes
  //     48         48 bytes a volume
  //    n-4      4  CRC-32C of bytes 0 to n-5
  // a volume:
  //      0      4  id
  //      4      4  state: 1 open, 2 sealed, 3 retired
  //      8      8  salt
  //     16      8  time of creation, milliseconds since 1970-01-01 UTC
  //     24      8  length
  //     32      8  count of needles
  //     40      4  where a write was torn: offset / 8, or zero
  //     44      4  ... and its length / 8, or zero
  // The file holds this twice, one copy after the other, so that one bad sector does not cost it.
  static final String FILE = "manifest";
  static final int MAX_NUMBER = 0xFFFFFF;

  private static final long MAGIC = Superblock.magic("BPMANIFE");
  private static final int FORMAT = 1;
  private static final int HEAD = 48;
  private static final int ENTRY = 48;
  private static final int CRC_BYTES = 4;
  private static final int COOKIE_BYTES = 16;

  Manifest {
    volumes = List.copyOf(volumes);
  }

  void write(Disk disk, Path dir) throws IOException {
    DurableFile.write(disk, dir.resolve(FILE), encode());
  }

  /** Both copies. */
  ByteBuffer encode() {
    int length = HEAD + ENTRY * volumes.size() + CRC_BYTES;
    ByteBuffer out = Bytes.allocate(2 * length);
    out.putLong(MAGIC).putInt(FORMAT).putInt(length).put(Bytes.ofHex(cookie));
    out.putInt(ordinal).putInt(nextNumber).putInt(clean ? 1 : 0).putInt(volumes.size());
    for (ManifestEntry volume : volumes) {
      out.putInt(volume.id()).putInt(volume.state().code());
      out.putLong(volume.salt()).putLong(volume.created());
      out.putLong(volume.length()).putLong(volume.needles());
      Torn torn = volume.torn();
      out.putInt((int) (torn.from() / Location.ALIGNMENT));
      out.putInt((int) ((torn.to() - torn.from()) / Location.ALIGNMENT));
    }
    out.putInt(Bytes.crc(out.slice(0, out.position())));
    out.put(out.slice(0, length));
    return out.flip();
  }

  /**
   * Reads that of a directory.
   *
   * @throws IOException when it is missing or damaged
   */
  static Manifest read(Path dir) throws IOException {
    return decode(ByteBuffer.wrap(Files.readAllBytes(dir.resolve(FILE))))
        .orElseThrow(() -> new IOException("the file manifest is damaged or of a newer release"));
  }

  /** What the file says, from its first sound copy; nothing when both are damaged. */
  static Optional<Manifest> decode(ByteBuffer file) {
    int half = file.remaining() / 2;
    if (half < HEAD + CRC_BYTES) {
      return Optional.empty();
    }
    Optional<Manifest> first = decodeCopy(Bytes.slice(file, 0, half));
    return first.isPresent() ? first : decodeCopy(Bytes.slice(file, half, half));
  }

  /** Whether both copies are sound. */
  static boolean whole(ByteBuffer file) {
    int half = file.remaining() / 2;
    return file.remaining() % 2 == 0
        && decodeCopy(Bytes.slice(file, 0, half)).isPresent()
        && file.slice(0, half).equals(file.slice(half, half));
  }

  private static Optional<Manifest> decodeCopy(ByteBuffer in) {
    int length = in.remaining();
    int crcAt = length - CRC_BYTES;
    if (length < HEAD + CRC_BYTES
        || in.getLong() != MAGIC
        || in.getInt(crcAt) != Bytes.crc(in.slice(0, crcAt))
        || in.getInt() != FORMAT
        || in.getInt() != length) {
      return Optional.empty();
    }
    byte[] cookie = new byte[COOKIE_BYTES];
    in.get(cookie);
    int ordinal = in.getInt();
    int nextNumber = in.getInt();
    boolean clean = in.getInt() == 1;
    int count = in.getInt();
    if (count < 0 || HEAD + (long) ENTRY * count + CRC_BYTES != length) {
      return Optional.empty();
    }
    List<ManifestEntry> volumes = new ArrayList<>(count);
    try {
      for (int i = 0; i < count; i++) {
        int id = in.getInt();
        VolumeState state = VolumeState.of(in.getInt());
        long salt = in.getLong();
        long created = in.getLong();
        long end = in.getLong();
        long needles = in.getLong();
        volumes.add(new ManifestEntry(id, state, salt, created, end, needles, torn(in)));
      }
    } catch (IllegalArgumentException notOurs) {
      return Optional.empty();
    }
    return Optional.of(new Manifest(Bytes.hex(cookie), ordinal, nextNumber, clean, volumes));
  }

  private static Torn torn(ByteBuffer in) {
    long from = Integer.toUnsignedLong(in.getInt()) * Location.ALIGNMENT;
    return new Torn(from, from + Integer.toUnsignedLong(in.getInt()) * Location.ALIGNMENT);
  }
}
