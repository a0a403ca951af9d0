package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random uploads, deletes, restarts, crashes and lost indexes against a map. */
class VolumeModelTest {
  private static final int STEPS = 60;
  private static final int NAMES = 40;
  private static final int[] SIZES = {
    1, 7, 8, 9, 100, 4095, 4096, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, 150_000
  };

  private record Stored(long version, ByteBuffer data) {}

  @TempDir Path temp;
  private final Map<String, Stored> model = new HashMap<>();
  private final MemoryIndex index = new MemoryIndex();
  private VolumeSet set;
  private Path dir;
  private long version;
  private int crashes;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void whatWasAcknowledgedIsThere(long round) throws Exception {
    long seed = round * 1_000_003 + System.nanoTime();
    try {
      run(new Random(seed));
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed, e);
    } finally {
      set.close();
    }
  }

  private void run(Random random) throws Exception {
    dir = temp.resolve("start");
    open();
    for (int step = 0; step < STEPS; step++) {
      int what = random.nextInt(100);
      if (what < 70) {
        write(random, 1 + random.nextInt(8));
      } else if (what < 80) {
        set.close();
        open();
      } else if (what < 90) {
        crash(random);
      } else {
        index.forget();
        index.catchUp(set);
      }
      if (step % 10 == 0) {
        check();
      }
    }
    check();
  }

  private void open() throws Exception {
    set = VolumeSet.open(Engine.settings(400_000, dir), index);
    index.catchUp(set);
    assertTrue(set.damage().isEmpty(), () -> set.damage().toString());
  }

  private void write(Random random, int count) {
    List<CompletableFuture<Appended>> writes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      String name = "n" + random.nextInt(NAMES);
      version++;
      if (random.nextInt(4) == 0) {
        writes.add(
            set.append(Needle.tombstone(PhotoName.of(name), new Version(version), true, false)));
        model.put(name, new Stored(version, ByteBuffer.allocate(0)));
      } else {
        byte[] data = Engine.bytes(SIZES[random.nextInt(SIZES.length)], random.nextLong());
        writes.add(set.append(Engine.photo(name, version, data)));
        model.put(name, new Stored(version, ByteBuffer.wrap(data)));
      }
    }
    writes.forEach(Engine::await);
  }

  /** Goes on with a copy of the files, sometimes with a torn write behind the end. */
  private void crash(Random random) throws Exception {
    Path copy = Engine.crash(dir, temp.resolve("crash" + crashes++));
    for (VolumeInfo volume : set.volumes()) {
      if (!volume.sealed() && random.nextBoolean()) {
        byte[] torn = Engine.bytes(random.nextInt(5000), random.nextLong());
        Engine.append(Volume.file(copy, volume.id()), torn);
      }
    }
    set.close();
    dir = copy;
    open();
  }

  private void check() {
    Map<PhotoName, NeedleEntry> entries = index.entries();
    assertEquals(model.size(), entries.size());
    model.forEach(
        (name, stored) -> {
          NeedleEntry entry = entries.get(PhotoName.of(name));
          assertEquals(stored.version, entry.version().bits(), name);
          assertEquals(!stored.data.hasRemaining(), entry.tombstone(), name);
          assertEquals(stored.data, set.read(entry.location()).data(), name);
        });
  }
}
