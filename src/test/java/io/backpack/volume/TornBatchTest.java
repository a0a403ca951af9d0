package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.volume.FaultyDisk.Operation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A power cut took a needle in the middle of a batch and left what stands behind it. It was never
 * acknowledged, so nobody may be shown it in place of the version before, with the index log or
 * without.
 */
class TornBatchTest {
  @TempDir Path temp;
  private Path dir;
  private int volume;

  @BeforeEach
  void cutTheSecondWriteOfABatch() {
    FaultyDisk disk = new FaultyDisk();
    CountDownLatch held = new CountDownLatch(1);
    Location torn;
    Path running = temp.resolve("running");
    try (VolumeSet set = VolumeSet.open(Engine.settings(running), new MemoryIndex(), disk)) {
      Engine.put(set, "photo", 1, Engine.bytes(5000, 1));
      disk.holdForce(held);
      List<CompletableFuture<Appended>> answers = new ArrayList<>();
      answers.add(set.append(Engine.photo("first", 1, Engine.bytes(100, 2))));
      for (String name : List.of("before", "photo", "behind")) {
        answers.add(set.append(Engine.photo(name, 2, Engine.bytes(5000, name.length()))));
      }
      held.countDown();
      torn = answers.stream().map(Engine::await).toList().get(2).location();
      dir = Engine.crash(running, temp.resolve("crashed"));
    }
    volume = torn.volume();
    Engine.flip(Engine.dataFile(dir, torn), torn.offset() + 3000);
  }

  private void loseLog() throws IOException {
    Files.deleteIfExists(Volume.logFile(dir, volume));
  }

  /** The first version is shown by an index made anew, and nothing is called damaged. */
  private void check(Disk disk) throws Exception {
    MemoryIndex index = new MemoryIndex();
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir), index, disk)) {
      index.catchUp(set);
      check(index, set);
      assertEquals(4, set.photos(volume, Pace.UNLIMITED, new Photos()).photos());
      VerifyReport report = set.verify(volume, Pace.UNLIMITED);
      assertTrue(report.sound(), report::toString);
      assertTrue(set.damage().isEmpty(), () -> set.damage().toString());
    }
  }

  private static void check(MemoryIndex index, VolumeSet set) {
    assertEquals(1, index.get(Engine.name("photo")).version().bits());
    assertEquals(2, index.get(Engine.name("behind")).version().bits());
    for (NeedleEntry each : index.entries().values()) {
      Engine.read(set, each.location());
    }
  }

  private static final class Photos implements PhotoVisitor {
    @Override
    public boolean photo(StoredNeedle photo) {
      return true;
    }

    @Override
    public void damaged(Damage damage) {
      throw new AssertionError(damage.toString());
    }
  }

  @Test
  void itStaysTornWhenTheIndexLogIsLostBeforeTheStart() throws Exception {
    loseLog();
    check(new JdkDisk());
  }

  @Test
  void itStaysTornWhenTheIndexLogIsLostAfterTheStart() throws Exception {
    check(new JdkDisk());
    loseLog();
    check(new JdkDisk());
  }

  @Test
  void itStaysTornWhenTheIndexLogCannotBeWritten() throws Exception {
    FaultyDisk full = new FaultyDisk();
    full.failAlways(Operation.WRITE, FaultyDisk::isLog);
    check(full);
    loseLog();
    check(new JdkDisk());
  }

  @Test
  void itStaysTornWhenTheManifestIsAsTheFirstStartFoundItAndTheIndexLogIsLostLater()
      throws Exception {
    byte[] manifest = Files.readAllBytes(dir.resolve(Manifest.FILE));
    check(new JdkDisk());
    Files.write(dir.resolve(Manifest.FILE), manifest);
    check(new JdkDisk());
    loseLog();
    check(new JdkDisk());
  }

  @Test
  void whoOnlyReadsAfterTheCutIsNotShownIt() throws Exception {
    readOnly();
    loseLog();
    readOnly();
    check(new JdkDisk());
    readOnly();
    loseLog();
    readOnly();
  }

  private void readOnly() throws Exception {
    MemoryIndex index = new MemoryIndex();
    try (StoreReader reader = StoreReader.open(List.of(dir))) {
      index.catchUp(reader);
      assertEquals(1, index.get(Engine.name("photo")).version().bits());
      List<String> seen = new ArrayList<>();
      NeedleVisitor visitor =
          new NeedleVisitor() {
            @Override
            public boolean needle(NeedleEntry entry, Optional<StoredNeedle> stored) {
              seen.add(entry.name() + " " + entry.version().bits());
              return true;
            }

            @Override
            public void gap(Damage damage) {
              throw new AssertionError(damage.toString());
            }
          };
      assertTrue(reader.needles(volume, Pace.UNLIMITED, visitor));
      assertFalse(seen.contains("photo 2"), seen::toString);
      assertEquals(4, seen.size(), seen::toString);
      assertTrue(reader.damage().isEmpty(), () -> reader.damage().toString());
    }
  }

  @Test
  void itKeepsNoVolumeFromBeingCompacted() throws Exception {
    MemoryIndex index = new MemoryIndex();
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir), index)) {
      index.catchUp(set);
      CompactionResult result = set.compact(List.of(volume), Pace.UNLIMITED);
      assertEquals(List.of(volume), result.retired(), result.toString());
      check(index, set);
    }
  }
}
