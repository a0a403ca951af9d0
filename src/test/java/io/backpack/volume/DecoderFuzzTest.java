package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.ImageInfo;
import io.backpack.api.Version;
import io.backpack.testing.Fuzz;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bytes that are not ours are said to be not ours. Most of them are given the right checksum, since
 * that would be the end of nearly all otherwise.
 */
class DecoderFuzzTest {
  private static final int ROUNDS = 20_000;
  private static final String COOKIE = "0123456789abcdef0123456789abcdef";
  private static final long SALT = 0x1122334455667788L;
  private static final long PLACE = 64;
  private static final Superblock SUPERBLOCK = new Superblock(0x1000000, COOKIE, SALT, 12345);

  @TempDir Path temp;

  private static byte[] array(ByteBuffer bytes) {
    byte[] array = new byte[bytes.remaining()];
    bytes.duplicate().get(array);
    return array;
  }

  /** Puts the checksum of what stands before it at {@code at}. */
  private static void seal(byte[] bytes, int from, int at) {
    if (from >= 0 && at >= from && at + 4 <= bytes.length) {
      ByteBuffer all = Bytes.view(ByteBuffer.wrap(bytes));
      all.putInt(at, Bytes.crc(all.slice(from, at - from)));
    }
  }

  private static void sealSalted(byte[] bytes, int at) {
    if (at >= 0 && at + 4 <= bytes.length) {
      ByteBuffer all = Bytes.view(ByteBuffer.wrap(bytes));
      all.putInt(at, Bytes.crc(SALT, PLACE, all.slice(0, at)));
    }
  }

  @Test
  void superblocks() {
    Fuzz.run(
        "superblock",
        ROUNDS,
        bytes -> {
          byte[] padded = Arrays.copyOf(bytes, Superblock.SIZE);
          seal(padded, 0, Superblock.SIZE - 4);
          Superblock.decode(ByteBuffer.wrap(padded), Superblock.VOLUME_MAGIC);
        },
        SUPERBLOCK.encode(Superblock.VOLUME_MAGIC).array());
  }

  private static Manifest manifest(int volumes) {
    ManifestEntry[] entries = new ManifestEntry[volumes];
    for (int i = 0; i < volumes; i++) {
      entries[i] =
          new ManifestEntry(
              0x1000000 + i,
              VolumeState.of(1 + i % 3),
              i * 77L,
              i,
              64 + 8L * i,
              i,
              new Torn(8L * i, 8L * i + 8));
    }
    return new Manifest(COOKIE, 1, volumes, true, List.of(entries));
  }

  @Test
  void manifests() {
    Fuzz.run(
        "manifest",
        ROUNDS,
        bytes -> {
          int half = bytes.length / 2;
          seal(bytes, 0, half - 4);
          seal(bytes, half, 2 * half - 4);
          Manifest.decode(ByteBuffer.wrap(bytes));
          Manifest.whole(ByteBuffer.wrap(bytes));
        },
        manifest(0).encode().array(),
        manifest(1).encode().array(),
        manifest(3).encode().array());
  }

  @Test
  void aManifestThatClaimsMoreVolumesThanItHoldsIsNoManifest() {
    for (int count : new int[] {4, Integer.MAX_VALUE, -1, Integer.MIN_VALUE, 2}) {
      byte[] bytes = manifest(3).encode().array();
      for (int copy = 0; copy < 2; copy++) {
        int start = copy * bytes.length / 2;
        Bytes.view(ByteBuffer.wrap(bytes)).putInt(start + 44, count);
        seal(bytes, start, start + bytes.length / 2 - 4);
      }
      assertEquals(Optional.empty(), Manifest.decode(ByteBuffer.wrap(bytes)), "" + count);
    }
  }

  @Test
  void aManifestWithAVolumeThatCannotBeIsNoManifest() {
    byte[] bytes = manifest(1).encode().array();
    for (int copy = 0; copy < 2; copy++) {
      int start = copy * bytes.length / 2;
      Bytes.view(ByteBuffer.wrap(bytes)).putLong(start + 48 + 24, -1);
      seal(bytes, start, start + bytes.length / 2 - 4);
    }
    assertEquals(Optional.empty(), Manifest.decode(ByteBuffer.wrap(bytes)));
  }

  private static byte[] needle(String name, byte[] data) {
    Attributes attributes = Attributes.of(ImageInfo.of(640, 480, 1));
    Needle plain = Engine.photo(name, 7, data);
    Needle needle =
        new Needle(
            plain.name(),
            plain.version(),
            false,
            true,
            true,
            3,
            plain.contentType(),
            attributes,
            plain.data(),
            plain.crc32c());
    PendingAppend pending = new PendingAppend(needle);
    ByteBuffer out = Bytes.allocate((int) pending.length() + 64);
    NeedleHeader.encode(
        out,
        pending.prefix(64),
        pending.name(),
        pending.type(),
        attributes,
        NeedleHeader.blockCrcs(ByteBuffer.wrap(data)),
        new NeedleHeader.Place(SALT, PLACE));
    return array(out.put(data, 0, Math.min(data.length, out.remaining())).clear());
  }

  @Test
  void needles() {
    Fuzz.run(
        "needle",
        ROUNDS,
        bytes -> {
          if (bytes.length < NeedlePrefix.SIZE) {
            return;
          }
          sealSalted(bytes, NeedlePrefix.SIZE - 4);
          Optional<NeedlePrefix> prefix = NeedlePrefix.decode(ByteBuffer.wrap(bytes), SALT, PLACE);
          if (prefix.isEmpty()) {
            return;
          }
          assertTrue(prefix.get().headerLength() > NeedlePrefix.SIZE);
          assertTrue(prefix.get().needleLength() >= prefix.get().headerLength());
          assertTrue(prefix.get().headerLength() < 200_000, "a header is small");
          byte[] header = Arrays.copyOf(bytes, prefix.get().headerLength());
          sealSalted(header, header.length - 4);
          NeedleHeader.decode(
                  prefix.get(), ByteBuffer.wrap(header), new NeedleHeader.Place(SALT, PLACE))
              .ifPresent(found -> found.attributes().image());
        },
        needle("a", new byte[] {1}),
        needle("a/photo.jpg", Engine.bytes(100, 1)),
        needle("n".repeat(1024), Engine.bytes(70_000, 1)));
  }

  @Test
  void attributes() {
    Fuzz.run(
        "attributes",
        ROUNDS,
        bytes -> Attributes.ofBytes(ByteBuffer.wrap(bytes)).image(),
        array(Attributes.of(ImageInfo.of(640, 480, 6)).encoded()),
        new byte[] {9, 0, 0, 9, 0, 0, 1, 9, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1});
  }

  private static byte[] record(IndexLogRecord record) {
    ByteBuffer out = Bytes.allocate(IndexLogRecord.MAX_LENGTH);
    record.encode(out, SALT, PLACE);
    return array(out.flip());
  }

  private static byte[][] records() {
    NeedleEntry entry =
        new NeedleEntry(
            Engine.name("a/photo.jpg"),
            new Version(7),
            false,
            true,
            true,
            0,
            new Location(SUPERBLOCK.id(), 64, 104));
    NeedleEntry later =
        new NeedleEntry(entry.name(), entry.version(), true, false, false, 5, entry.location());
    return new byte[][] {
      record(new IndexLogRecord.Entry(entry)),
      record(new IndexLogRecord.Entry(later)),
      record(new IndexLogRecord.Gap(64, 168)),
      record(new IndexLogRecord.Mark(64))
    };
  }

  @Test
  void indexLogRecords() {
    Fuzz.run(
        "index log record",
        ROUNDS,
        bytes -> {
          sealSalted(bytes, bytes.length - 4);
          IndexLogRecord.decode(ByteBuffer.wrap(bytes), SUPERBLOCK.id(), SALT, PLACE);
        },
        records());
  }

  @Test
  void indexLogs() throws Exception {
    Path file = temp.resolve("log");
    Fuzz.run(
        "index log",
        1500,
        bytes -> {
          ByteBuffer all = Bytes.allocate(Superblock.SIZE + bytes.length);
          all.put(SUPERBLOCK.encode(Superblock.LOG_MAGIC)).put(bytes);
          ByteBuffer first = Bytes.slice(all, Superblock.SIZE, bytes.length);
          int length = bytes.length < 9 ? 0 : first.getInt(0);
          if (length > 9 && length <= bytes.length) {
            first.putInt(length - 4, Bytes.crc(SALT, PLACE, first.slice(0, length - 4)));
          }
          Files.write(file, array(all.clear()));
          try (VolumeFile log = new JdkDisk().openForReading(file)) {
            IndexLogReader reader = IndexLogReader.of(log, SUPERBLOCK).orElseThrow();
            int read = 0;
            while (reader.next().isPresent()) {
              assertTrue(++read < 100, "it comes to an end");
            }
            assertTrue(reader.position() <= all.capacity());
          }
        },
        records());
  }

  @Test
  void identities() throws Exception {
    Path dir = Files.createDirectory(temp.resolve("identity"));
    new DirectoryIdentity(new StoreIdentity("7", COOKIE), 2, 3).write(new JdkDisk(), dir);
    Path file = dir.resolve(DirectoryIdentity.FILE);
    byte[] sound = Files.readAllBytes(file);
    Fuzz.run(
        "identity",
        3000,
        bytes -> {
          String text = new String(bytes, StandardCharsets.ISO_8859_1);
          int crcAt = text.lastIndexOf("crc32c ");
          String body = crcAt < 0 ? text : text.substring(0, crcAt);
          byte[] plain = body.getBytes(StandardCharsets.ISO_8859_1);
          String crc = String.format("crc32c %08x\n", Bytes.crc(ByteBuffer.wrap(plain)));
          Files.write(file, (body + crc).getBytes(StandardCharsets.ISO_8859_1));
          try {
            DirectoryIdentity.read(dir)
                .ifPresent(
                    found -> {
                      assertTrue(found.ordinal() > 0 && found.ordinal() <= 255);
                      assertTrue(found.highest() >= 0 && found.highest() <= 255);
                    });
          } catch (DirectoryIdentity.Unreadable notOurs) {
            assertFalse(notOurs.getMessage().isEmpty());
          }
        },
        sound);
  }

  @Test
  void anIdentityWithAnImpossibleNumberRefusesItsDirectory() throws Exception {
    Path dir = temp.resolve("store");
    Engine.open(dir, new MemoryIndex()).close();
    Path file = dir.resolve(DirectoryIdentity.FILE);
    String sound = Files.readString(file);
    for (String number : List.of("0", "256", "-1", "99999999999", "x")) {
      String body =
          sound
              .substring(0, sound.lastIndexOf("crc32c "))
              .replaceAll("directory \\d+", "directory " + number);
      byte[] plain = body.getBytes(StandardCharsets.ISO_8859_1);
      Files.writeString(
          file, body + String.format("crc32c %08x\n", Bytes.crc(ByteBuffer.wrap(plain))));
      BackpackException refused =
          Engine.failure(
              ErrorCode.STORAGE_FAILED, () -> Engine.open(dir, new MemoryIndex()).close());
      assertTrue(refused.getMessage().contains("backpack.identity"), refused.getMessage());
    }
  }
}
