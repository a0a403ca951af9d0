package io.backpack.repair;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.Held;
import io.backpack.api.Version;
import java.util.List;
import org.junit.jupiter.api.Test;

class DifferenceTest {
  private static Held photo(long hash, long version) {
    return new Held(hash, new Version(version), false);
  }

  private static Held tombstone(long hash, long version) {
    return new Held(hash, new Version(version), true);
  }

  @Test
  void equalListsInAnyOrderDoNotDiffer() {
    Difference none =
        Difference.of(
            List.of(photo(1, 5), tombstone(-7, 6)), List.of(tombstone(-7, 6), photo(1, 5)));
    assertEquals(new Difference(List.of(), false), none);
  }

  @Test
  void whatIsAbsentOrOlderIsLackingOnItsSide() {
    Difference both =
        Difference.of(
            List.of(photo(1, 5), photo(2, 9), photo(4, 1)),
            List.of(photo(1, 6), photo(2, 8), photo(3, 1)));
    assertEquals(List.of(photo(1, 6), photo(3, 1)), both.lacking());
    assertTrue(both.peerLacks());
    assertFalse(Difference.of(List.of(), List.of(photo(1, 1))).peerLacks());
  }

  @Test
  void versionsAreComparedUnsignedAndATombstoneWinsOfEqualOnes() {
    assertEquals(
        List.of(photo(1, -1)),
        Difference.of(List.of(photo(1, 1)), List.of(photo(1, -1))).lacking());
    assertEquals(
        List.of(tombstone(1, 3)),
        Difference.of(List.of(photo(1, 3)), List.of(tombstone(1, 3))).lacking());
    assertEquals(
        List.of(), Difference.of(List.of(tombstone(1, 3)), List.of(photo(1, 3))).lacking());
  }

  @Test
  void ofSeveralNamesWithOneHashEachCounts() {
    Difference lacking = Difference.of(List.of(photo(1, 9)), List.of(photo(1, 9), tombstone(1, 4)));
    assertEquals(1, lacking.lacking().size());
    assertFalse(lacking.peerLacks());
    Difference back = Difference.of(List.of(photo(1, 9), photo(1, 4)), List.of(photo(1, 9)));
    assertEquals(List.of(), back.lacking());
    assertTrue(back.peerLacks());
    Difference equal =
        Difference.of(List.of(photo(1, 9), photo(1, 4)), List.of(photo(1, 4), photo(1, 9)));
    assertEquals(new Difference(List.of(), false), equal);
  }
}
