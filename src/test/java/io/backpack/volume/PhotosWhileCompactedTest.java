package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A volume is read from end to end while a compaction takes it away: what ends well is whole. */
class PhotosWhileCompactedTest {
  private static final int PHOTOS = 10;

  @TempDir Path temp;
  private final MemoryIndex index = new MemoryIndex();

  private VolumeSet filled() throws Exception {
    VolumeSet set = VolumeSet.open(Engine.settings(temp), index);
    index.catchUp(set);
    for (int i = 0; i < PHOTOS; i++) {
      Engine.put(set, "p" + i, i + 1, Engine.bytes(1000, i));
    }
    Engine.await(set.roll(PhotoLedger.ids(set).get(0)));
    return set;
  }

  private static PhotoVisitor collecting(Set<String> names, Runnable first) {
    return new PhotoVisitor() {
      @Override
      public boolean photo(StoredNeedle photo) {
        if (names.isEmpty()) {
          first.run();
        }
        assertTrue(names.add(photo.name().value()), "twice");
        return true;
      }

      @Override
      public void damaged(Damage damage) {
        throw new AssertionError(damage);
      }
    };
  }

  @Test
  void aCompactionBreaksItOffAndTheNewVolumesHaveAll() throws Exception {
    try (VolumeSet set = filled()) {
      int volume = PhotoLedger.ids(set).get(0);
      BackpackException failure =
          assertThrows(
              BackpackException.class,
              () ->
                  set.photos(
                      volume,
                      Pace.UNLIMITED,
                      collecting(
                          new HashSet<>(),
                          () ->
                              assertEquals(
                                  List.of(volume),
                                  set.compact(List.of(volume), Pace.UNLIMITED).retired()))));
      assertEquals(ErrorCode.NOT_READY, failure.code());
      assertTrue(failure.getMessage().contains("compacted"), failure.getMessage());
      Set<String> names = new HashSet<>();
      for (int id : PhotoLedger.ids(set)) {
        assertTrue(set.photos(id, Pace.UNLIMITED, collecting(names, () -> {})).whole());
      }
      assertEquals(PHOTOS, names.size());
    }
  }

  @Test
  void oneThatIsUnderWayIsToldAtOnce() throws Exception {
    try (VolumeSet set = filled()) {
      int volume = PhotoLedger.ids(set).get(0);
      int[] refused = {0};
      set.compact(
          List.of(volume),
          bytes -> {
            BackpackException failure =
                assertThrows(
                    BackpackException.class,
                    () ->
                        set.photos(volume, Pace.UNLIMITED, collecting(new HashSet<>(), () -> {})));
            assertEquals(ErrorCode.NOT_READY, failure.code());
            refused[0]++;
            return false; // The compaction ends with the photos moved and the volume still there.
          });
      assertEquals(1, refused[0]);
      Set<String> names = new HashSet<>();
      for (int id : PhotoLedger.ids(set)) {
        set.photos(id, Pace.UNLIMITED, collecting(names, () -> {}));
      }
      assertEquals(PHOTOS, names.size());
    }
  }
}
