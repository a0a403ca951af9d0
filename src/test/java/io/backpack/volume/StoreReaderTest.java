package io.backpack.volume;

import static io.backpack.volume.Engine.bytes;
import static io.backpack.volume.Engine.delete;
import static io.backpack.volume.Engine.put;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.api.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Volumes for readers: without a lock, without a write, in the order of the disk. */
class StoreReaderTest {
  @TempDir private Path dir;
  private final MemoryIndex index = new MemoryIndex();

  /** Keeps what it is given, in order. */
  private static final class Collector implements PhotoVisitor {
    private final Map<String, byte[]> photos = new LinkedHashMap<>();
    private final List<Damage> damage = new ArrayList<>();
    private int limit = Integer.MAX_VALUE;

    @Override
    public boolean photo(StoredNeedle photo) {
      byte[] data = new byte[photo.data().remaining()];
      photo.data().get(data);
      assertTrue(photos.put(photo.name().value(), data) == null, "twice: " + photo.name());
      return photos.size() < limit;
    }

    @Override
    public void damaged(Damage found) {
      damage.add(found);
    }
  }

  private static Collector collect(StoreReader reader) throws IOException {
    Collector collector = new Collector();
    ScratchIndex scratch = ScratchIndex.of(reader, Pace.UNLIMITED);
    for (VolumeInfo each : reader.volumes()) {
      reader.photos(each.id(), scratch, Pace.UNLIMITED, collector);
    }
    return collector;
  }

  private static void assertPhotos(Map<String, byte[]> expected, Map<String, byte[]> found) {
    assertEquals(expected.keySet(), found.keySet());
    expected.forEach((name, data) -> assertArrayEquals(data, found.get(name), name));
  }

  private Map<Path, List<Object>> files() throws IOException {
    Map<Path, List<Object>> files = new TreeMap<>();
    try (Stream<Path> all = Files.list(dir)) {
      for (Path each : all.toList()) {
        FileTime changed = Files.getLastModifiedTime(each);
        files.put(
            each,
            List.of(changed, new String(Files.readAllBytes(each), StandardCharsets.ISO_8859_1)));
      }
    }
    return files;
  }

  @Test
  void readsWhatARunningEngineHasAndWritesNothing() throws IOException {
    try (VolumeSet set = VolumeSet.open(Engine.settings(1 << 20, dir), index)) {
      Map<String, byte[]> expected = new LinkedHashMap<>();
      for (int i = 0; i < 40; i++) {
        byte[] data = bytes(1 + i * 3000, i);
        put(set, "p" + i, 10 + i, data);
        expected.put("p" + i, data);
      }
      delete(set, "p3", 100);
      put(set, "p4", 100, bytes(77, 1));
      expected.remove("p3");
      expected.remove("p4");
      expected.put("p4", bytes(77, 1));
      Map<Path, List<Object>> before = files();
      try (StoreReader reader = StoreReader.open(List.of(dir))) {
        assertEquals(before, files());
        put(set, "later", 200, bytes(10, 2));
        assertTrue(reader.volumes().size() > 2, "several volumes");
        assertTrue(reader.complete());
        Collector found = collect(reader);
        assertPhotos(expected, found.photos);
        assertEquals(List.copyOf(expected.keySet()), List.copyOf(found.photos.keySet()), "order");
        assertEquals(List.of(), found.damage);
        assertEquals(List.of(), reader.damage());
        long needles = reader.volumes().stream().mapToLong(VolumeInfo::needles).sum();
        assertEquals(42, needles);
      }
    }
  }

  @Test
  void aTailThatWasCutOffIsNoDamage() throws IOException {
    Appended last;
    try (VolumeSet set = Engine.open(dir, index)) {
      put(set, "a", 1, bytes(5000, 1));
      last = put(set, "b", 2, bytes(5000, 2));
      Path copy = Engine.crash(dir, dir.resolveSibling(dir.getFileName() + "-crash"));
      Engine.append(Engine.dataFile(copy, last.location()), bytes(999, 3));
      try (StoreReader reader = StoreReader.open(List.of(copy))) {
        Collector found = collect(reader);
        assertEquals(List.of("a", "b"), List.copyOf(found.photos.keySet()));
        assertEquals(List.of(), found.damage);
        assertEquals(List.of(), reader.damage());
        assertEquals(last.location().end(), reader.volumes().get(0).length());
      }
    }
  }

  @Test
  void damageIsReportedAndSteppedOver() throws IOException {
    Appended inData;
    Appended inHeader;
    try (VolumeSet set = Engine.open(dir, index)) {
      put(set, "a", 1, bytes(100_000, 1));
      inData = put(set, "b", 2, bytes(100_000, 2));
      put(set, "c", 3, bytes(100_000, 3));
      inHeader = put(set, "d", 4, bytes(100_000, 4));
      put(set, "e", 5, bytes(100_000, 5));
      Engine.flip(Engine.dataFile(dir, inData.location()), inData.location().offset() + 70_000);
      Engine.flip(Engine.dataFile(dir, inHeader.location()), inHeader.location().offset() + 9);
      Collector running = new Collector();
      PhotosRead read = set.photos(inData.location().volume(), Pace.UNLIMITED, running);
      assertEquals(List.of("a", "c", "e"), List.copyOf(running.photos.keySet()));
      assertEquals(2, read.damaged());
      assertFalse(read.whole());
      assertEquals(2, set.damage().size(), "known to the node from now on");
    }
    try (StoreReader reader = StoreReader.open(List.of(dir))) {
      Collector found = collect(reader);
      assertEquals(List.of("a", "c", "e"), List.copyOf(found.photos.keySet()));
      assertEquals(
          List.of(inData.location().offset(), inHeader.location().offset()),
          found.damage.stream().map(Damage::offset).toList());
      assertEquals(inHeader.location().length(), found.damage.get(1).length());
    }
  }

  @Test
  void whatTheIndexLacksIsCounted() throws IOException {
    try (VolumeSet set = Engine.open(dir, index)) {
      int volume = put(set, "a", 1, bytes(10, 1)).location().volume();
      index.forget();
      PhotosRead read = set.photos(volume, Pace.UNLIMITED, new Collector());
      assertEquals(new PhotosRead(0, 0, 0, 1, true), read);
      index.fail(true);
      Engine.failure(
          ErrorCode.INDEX_UNAVAILABLE,
          () -> {
            try {
              set.photos(volume, Pace.UNLIMITED, new Collector());
            } catch (IOException e) {
              throw new AssertionError(e);
            }
          });
    }
  }

  @Test
  void stopsWhenToldTo() throws IOException {
    try (VolumeSet set = Engine.open(dir, index)) {
      int volume = put(set, "a", 1, bytes(10, 1)).location().volume();
      put(set, "b", 2, bytes(10, 1));
      Collector one = new Collector();
      one.limit = 1;
      assertFalse(set.photos(volume, Pace.UNLIMITED, one).complete());
      assertEquals(1, one.photos.size());
    }
  }

  @Test
  void everyWindowFindsTheSameNeedles() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Map<String, byte[]> expected = new LinkedHashMap<>();
    try (VolumeSet set = Engine.open(dir, index)) {
      for (int i = 0; i < 60; i++) {
        int size = random.nextInt(4) == 0 ? 1 + random.nextInt(200_000) : 1 + random.nextInt(900);
        byte[] data = bytes(size, random.nextLong());
        put(set, "n" + i, 1 + i, data);
        expected.put("n" + i, data);
      }
    }
    try (StoreReader reader = StoreReader.open(List.of(dir))) {
      for (int window : new int[] {300 << 10, 280_001, 1 << 20, LinearScan.WINDOW}) {
        Map<String, byte[]> found = new LinkedHashMap<>();
        Volume volume = volume(reader);
        new LinearScan(
                volume,
                Pace.UNLIMITED,
                new LinearScan.Sink() {
                  @Override
                  public boolean needles(List<LinearScan.Found> stretch) {
                    for (LinearScan.Found each : stretch) {
                      byte[] data = new byte[each.read().data().remaining()];
                      each.read().data().get(data);
                      found.put(each.entry().name().value(), data);
                    }
                    return true;
                  }

                  @Override
                  public void gap(long from, long to) {
                    throw new AssertionError("seed " + seed + ": gap at " + from);
                  }
                },
                window)
            .run();
        assertPhotos(expected, found);
      }
    }
  }

  private Volume volume(StoreReader reader) throws IOException {
    VolumeInfo info = reader.volumes().get(0);
    ManifestEntry entry = Manifest.read(dir).volumes().get(0);
    assertEquals(info.length(), entry.length());
    return new Volume(
        entry.superblock(reader.identity().cookie()),
        dir,
        new SharedReader(new JdkDisk(), Volume.file(dir, entry.id())),
        entry,
        new DamageReport());
  }

  @Test
  void aScratchIndexAgreesWithTheRealOne() throws IOException {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    List<NeedleEntry> all = new ArrayList<>();
    try (VolumeSet set = VolumeSet.open(Engine.settings(128 << 10, dir), index)) {
      for (int i = 0; i < 600; i++) {
        String name = "n" + random.nextInt(150);
        long version = 1L + random.nextInt(400);
        if (random.nextInt(4) == 0) {
          delete(set, name, version);
        } else {
          put(set, name, version, bytes(1 + random.nextInt(2000), i));
        }
      }
    }
    try (StoreReader reader = StoreReader.open(List.of(dir))) {
      ScratchIndex scratch = ScratchIndex.of(reader, Pace.UNLIMITED);
      ScratchIndex small = new ScratchIndex(0);
      for (NeedleLog.Extent each : reader.extents()) {
        reader.replay(
            each.volume(),
            0,
            batch -> {
              all.addAll(batch.entries());
              return small.apply(batch).join().size() == batch.entries().size();
            });
      }
      assertEquals(600, all.size());
      assertEquals(index.standing(all).join(), scratch.standing(all).join(), "seed " + seed);
      assertEquals(index.standing(all).join(), small.standing(all).join(), "seed " + seed);
      assertEquals(index.deadBytes().join(), scratch.deadBytes().join(), "seed " + seed);
      assertEquals(index.entries().size(), scratch.names());
    }
  }

  @Test
  void aScratchIndexGrows() {
    ScratchIndex scratch = new ScratchIndex(0);
    Map<Integer, NeedleEntry> entries = new HashMap<>();
    for (int i = 0; i < 5000; i++) {
      NeedleEntry entry =
          new NeedleEntry(
              Engine.name("n" + i),
              new Version(i + 1L),
              false,
              false,
              false,
              i % 128,
              new Location(1 << 24, 64 + 80L * i, 80));
      entries.put(i, entry);
      long from = i == 0 ? 0 : entry.location().offset();
      scratch.apply(new IndexBatch(1 << 24, from, entry.location().end(), List.of(entry)));
    }
    assertEquals(5000, scratch.names());
    assertTrue(
        scratch.standing(List.copyOf(entries.values())).join().stream()
            .allMatch(NeedleIndex.Standing.CURRENT::equals));
  }

  @Test
  void aMissingDirectoryIsToldAndAForeignOneRefused(@TempDir Path other, @TempDir Path foreign) {
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir, other), index);
        VolumeSet second = VolumeSet.open(Engine.settings(foreign), new MemoryIndex())) {
      put(set, "a", 1, bytes(10, 1));
      put(second, "a", 1, bytes(10, 1));
    }
    try (StoreReader reader = StoreReader.open(List.of(dir))) {
      assertFalse(reader.complete());
      assertEquals(1, reader.notes().size());
    }
    Engine.failure(ErrorCode.STORAGE_FAILED, () -> StoreReader.open(List.of(dir, foreign)).close());
    Engine.failure(
        ErrorCode.STORAGE_FAILED, () -> StoreReader.open(List.of(dir.resolve("nothing"))).close());
  }

  @Test
  void aLostFileIsDamageAndTheOthersAreRead() throws IOException {
    Appended first;
    try (VolumeSet set = VolumeSet.open(Engine.settings(32 << 10, dir), index)) {
      first = put(set, "a", 1, bytes(20_000, 1));
      put(set, "b", 2, bytes(20_000, 2));
    }
    Files.delete(Engine.dataFile(dir, first.location()));
    try (StoreReader reader = StoreReader.open(List.of(dir))) {
      Collector found = collect(reader);
      assertEquals(List.of("b"), List.copyOf(found.photos.keySet()));
      assertEquals(1, found.damage.size());
      List<Optional<StoredNeedle>> needles = new ArrayList<>();
      NeedleVisitor visitor =
          new NeedleVisitor() {
            @Override
            public boolean needle(NeedleEntry entry, Optional<StoredNeedle> needle) {
              return needles.add(needle);
            }

            @Override
            public void gap(Damage damage) {
              needles.add(Optional.empty());
            }
          };
      assertTrue(reader.needles(first.location().volume(), Pace.UNLIMITED, visitor));
      assertEquals(List.of(Optional.empty()), needles);
    }
  }
}
