package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Every byte of every file of a small store is changed, one at a time, after an orderly stop and
 * after a crash; then the store is opened, the index caught up, and everything is read. Long
 * stretches that are all alike (the bytes of a large photo, a long name) are sampled.
 */
@Timeout(120)
class BitFlipTest {
  private static final long SEED = Long.getLong("backpack.seed", System.nanoTime());
  private static final int SAMPLED_FROM = 2000;
  private static final int SAMPLE = 331;
  private static final String LONG_NAME = "n".repeat(200);

  private record Stored(NeedleEntry entry, ByteBuffer data) {}

  private final Random random = new Random(SEED);
  private final Map<PhotoName, Stored> stored = new LinkedHashMap<>();
  private final MemoryIndex kept = new MemoryIndex();
  private Path base;
  private Path running;
  private Path crashed;

  @BeforeEach
  void write() throws IOException {
    Path memory = Path.of("/dev/shm");
    base =
        Files.isWritable(memory)
            ? Files.createTempDirectory(memory, "backpack-flips")
            : Files.createTempDirectory("backpack-flips");
    running = base.resolve("running");
    crashed = base.resolve("crashed");
    try (VolumeSet set = Engine.open(running, kept)) {
      put(set, "a", 1, 1);
      put(set, "gone", 2, 30);
      put(set, LONG_NAME, 3, 9);
      put(set, "large", 4, NeedlePrefix.BLOCK + 100);
      Engine.delete(set, "gone", 5);
      put(set, "last", 6, 40);
      Engine.crash(running, crashed);
    }
    kept.entries()
        .forEach(
            (name, entry) ->
                stored.put(
                    name,
                    new Stored(
                        entry,
                        entry.tombstone() ? ByteBuffer.allocate(0) : stored.get(name).data())));
  }

  private void put(VolumeSet set, String name, long version, int size) {
    byte[] data = Engine.bytes(size, version);
    Engine.put(set, name, version, data);
    stored.put(PhotoName.of(name), new Stored(kept.get(PhotoName.of(name)), ByteBuffer.wrap(data)));
  }

  @AfterEach
  void delete() throws IOException {
    try (Stream<Path> files = Files.walk(base)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void afterAnOrderlyStop() throws Exception {
    flipAll(running, false);
  }

  @Test
  void afterACrash() throws Exception {
    flipAll(crashed, true);
  }

  private void flipAll(Path state, boolean crash) throws Exception {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> list = Files.list(state)) {
      for (Path file : list.toList()) {
        files.put(file.getFileName().toString(), Files.readAllBytes(file));
      }
    }
    files.remove("backpack.lock");
    int opened = 0;
    for (Map.Entry<String, byte[]> file : files.entrySet()) {
      byte[] sound = file.getValue();
      Location large = stored.get(PhotoName.of("large")).entry().location();
      boolean volume = sound.length > SAMPLED_FROM;
      for (int at = 0; at < sound.length; at++) {
        boolean alike = volume && at > large.offset() + 100 && at < large.end() - 16;
        if (alike && at % SAMPLE != 0) {
          continue;
        }
        int change = random.nextInt(8);
        byte[] bytes = sound.clone();
        bytes[at] = change == 0 ? 0 : change == 1 ? -1 : (byte) (bytes[at] ^ 1 << change);
        if (bytes[at] != sound[at]) {
          Path dir = Files.createDirectories(base.resolve("flipped"));
          clear(dir);
          for (Map.Entry<String, byte[]> each : files.entrySet()) {
            boolean hit = each.getKey().equals(file.getKey());
            Files.write(dir.resolve(each.getKey()), hit ? bytes : each.getValue());
          }
          try {
            opened += check(dir, file.getKey(), at, crash) ? 1 : 0;
          } catch (AssertionError | RuntimeException e) {
            throw new AssertionError(file.getKey() + " at " + at + ", seed " + SEED, e);
          }
        }
      }
    }
    assertTrue(opened > 1000, "opened " + opened);
  }

  private static void clear(Path dir) throws IOException {
    try (Stream<Path> list = Files.list(dir)) {
      for (Path file : list.toList()) {
        Files.delete(file);
      }
    }
  }

  /** Returns whether the store opened. */
  private boolean check(Path dir, String file, int at, boolean crash) throws Exception {
    boolean data = file.startsWith("data_") && !file.endsWith(".meta");
    boolean identity = file.equals(DirectoryIdentity.FILE);
    VolumeSet opened;
    try {
      opened = Engine.open(dir, new MemoryIndex());
    } catch (BackpackException refused) {
      assertEquals(ErrorCode.STORAGE_FAILED, refused.code());
      assertTrue(identity, refused::getMessage);
      return false;
    }
    assertFalse(identity, "a damaged identity is refused");
    try (VolumeSet set = opened) {
      MemoryIndex empty = new MemoryIndex();
      empty.catchUp(set);
      boolean[] failed = {false};
      stored.forEach(
          (name, one) -> {
            Location location = one.entry().location();
            boolean hit = data && at >= location.offset() && at < location.end();
            failed[0] |= !served(set, one, hit);
            NeedleEntry found = empty.get(name);
            if (found == null) {
              assertTrue(hit, () -> name + " is forgotten");
              failed[0] = true;
            } else {
              assertEquals(one.entry().version(), found.version(), "the last write");
              assertEquals(location, found.location());
            }
          });
      boolean last = at >= stored.get(PhotoName.of("last")).entry().location().offset();
      if (failed[0] && !(crash && last)) {
        assertFalse(set.damage().isEmpty(), "damage is reported");
      }
      if (data && at < Superblock.SIZE) {
        assertFalse(set.damage().isEmpty(), "a damaged superblock is reported");
      }
    }
    if (file.equals(Manifest.FILE)) {
      byte[] mended = Files.readAllBytes(dir.resolve(Manifest.FILE));
      assertTrue(Manifest.whole(ByteBuffer.wrap(mended)), "it healed");
    }
    return true;
  }

  /** Right, or refused as damage where the needle was hit. */
  private static boolean served(VolumeSet set, Stored one, boolean hit) {
    try {
      StoredNeedle needle = set.read(one.entry().location());
      assertEquals(one.entry().name(), needle.name());
      assertEquals(one.entry().version(), needle.version());
      assertEquals(one.entry().tombstone(), needle.tombstone());
      assertEquals(one.data(), needle.data());
      return true;
    } catch (BackpackException refused) {
      assertTrue(hit, refused::getMessage);
      assertTrue(
          refused.code() == ErrorCode.DAMAGED || refused.code() == ErrorCode.MISSING,
          refused::toString);
      return false;
    }
  }
}
