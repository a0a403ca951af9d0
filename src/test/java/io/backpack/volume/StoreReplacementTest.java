package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoreReplacementTest {
  @TempDir Path temp;

  private VolumeSettings settings(String... dirs) {
    return Engine.settings(Stream.of(dirs).map(temp::resolve).toArray(Path[]::new));
  }

  private static String open(VolumeSettings settings) {
    try (VolumeSet set = VolumeSet.open(settings, new MemoryIndex())) {
      assertEquals(List.of(), set.refused());
      assertEquals(List.of(), set.absent());
      return set.identity().cookie();
    }
  }

  private void erase(String dir) throws IOException {
    try (Stream<Path> files = Files.walk(temp.resolve(dir))) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }

  @Test
  void whereNothingIsNothingStays() {
    assertEquals(Optional.empty(), StoreReplacement.mark(settings("one", "two")));
    assertEquals(Optional.of(open(settings("one", "two"))), StoreReplacement.mark(settings("one")));
  }

  @Test
  void anEmptyDirectoryTakesThePlaceOfALostOne() throws IOException {
    VolumeSettings both = settings("one", "two");
    String cookie = open(both);
    erase("one");
    try (VolumeSet set = VolumeSet.open(both, new MemoryIndex())) {
      assertEquals(1, set.refused().size(), "it may be a disk that is not mounted");
    }
    assertEquals(Optional.of(cookie), StoreReplacement.mark(both));
    assertEquals(Optional.of(cookie), StoreReplacement.mark(both), "again, after a stop");
    assertEquals(cookie, open(both));
    assertEquals(
        Optional.of(cookie), StoreReplacement.mark(both), "and when nothing is left to do");
    assertEquals(cookie, open(both));
    assertFalse(Files.exists(temp.resolve("one").resolve(StoreOpener.NEW_MARK)));
  }

  @Test
  void volumesWithoutAnIdentityAreLeftAlone() throws IOException {
    open(settings("one"));
    Files.createFile(temp.resolve("one").resolve("data_1"));
    Files.delete(temp.resolve("one").resolve(DirectoryIdentity.FILE));
    BackpackException refused =
        assertThrows(BackpackException.class, () -> StoreReplacement.mark(settings("one")));
    assertEquals(ErrorCode.STORAGE_FAILED, refused.code());
    assertTrue(refused.getMessage().contains("has volumes"), refused.getMessage());
  }
}
