package io.backpack.api;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class HeldSumsTest {
  private static final Held A = new Held(0x03d1_58de_2d92_d2f2L, new Version(7), false);
  private static final Held B = new Held(-1, new Version(-7), true);

  /** The example of docs/format.md; nodes that had another one would find everything different. */
  @Test
  void whatAnEntryAddsStaysTheSame() {
    assertEquals(4850, Held.slot(A.hash()));
    assertEquals(
        0x00c8_b4b8_5b4f_3201L, HeldSums.of(A.hash(), new Version(0x6881_a80d_9280_0001L)));
  }

  @Test
  void entriesAreAddedAndTakenOutInAnyOrder() {
    HeldSums both = HeldSums.NONE.with(List.of(A, B));
    assertEquals(both, HeldSums.NONE.with(List.of(B)).with(List.of(A)));
    assertEquals(HeldSums.NONE.with(List.of(B)), both.without(List.of(A)));
    assertEquals(HeldSums.NONE.with(List.of(A)), both.minus(HeldSums.NONE.with(List.of(B))));
    assertEquals(HeldSums.NONE, both.minus(both));
    assertEquals(both, HeldSums.of(both.bytes()));
    assertThrows(BackpackException.class, () -> HeldSums.of(new byte[8]));
  }

  @Test
  void slotsDifferWherePhotosOrTombstonesDo() {
    HeldSums both = HeldSums.NONE.with(List.of(A, B));
    assertArrayEquals(new int[] {4850, 16383}, both.differing(HeldSums.NONE));
    assertArrayEquals(new int[] {}, both.differing(both));
    Held deleted = new Held(A.hash(), A.version(), true);
    assertArrayEquals(new int[] {4850}, both.differing(HeldSums.NONE.with(List.of(deleted, B))));
    Held later = new Held(A.hash(), new Version(8), false);
    assertArrayEquals(new int[] {4850}, both.differing(HeldSums.NONE.with(List.of(later, B))));
  }

  @Test
  void deletesAreToldApart() {
    Held photo = new Held(5, new Version(1), false);
    Held tombstone = new Held(9, new Version(2), true);
    HeldSums both = HeldSums.NONE.with(List.of(photo, tombstone));
    assertArrayEquals(new int[] {5, 9}, both.differing(HeldSums.NONE));
    assertArrayEquals(new int[] {9}, both.differingTombstones(HeldSums.NONE));
    assertArrayEquals(new int[] {9}, HeldSums.NONE.differingTombstones(both));
    assertArrayEquals(new int[0], both.differingTombstones(HeldSums.NONE.with(List.of(tombstone))));
  }
}
