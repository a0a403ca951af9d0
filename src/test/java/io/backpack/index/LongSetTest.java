package io.backpack.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LongSetTest {
  @Test
  void knowsWhatWasAdded() {
    Random random = new Random(3);
    LongSet set = new LongSet(100_000);
    Set<Long> model = new HashSet<>();
    for (int i = 0; i < 50_000; i++) {
      long value = random.nextInt(40_000) * 0x1_0000_0001L;
      set.add(value);
      model.add(value);
    }
    for (long i = 0; i < 40_000; i++) {
      long value = i * 0x1_0000_0001L;
      assertEquals(model.contains(value), set.mayContain(value), "seed 3, " + value);
    }
  }

  @Test
  void saysYesToAllWhenItIsFull() {
    LongSet set = new LongSet(2);
    assertFalse(set.mayContain(0));
    set.add(0);
    set.add(1);
    set.add(2);
    set.add(2);
    assertTrue(set.mayContain(0));
    assertFalse(set.mayContain(3));
    set.add(3);
    assertTrue(set.mayContain(3));
    assertTrue(set.mayContain(77));
    assertTrue(set.full());
  }

  @Test
  void isEmptyAfterItWasCleared() {
    LongSet set = new LongSet(2);
    for (long value = 0; value < 5; value++) {
      set.add(value);
    }
    assertTrue(set.full());
    set.clear();
    assertFalse(set.full());
    for (long value = 0; value < 5; value++) {
      assertFalse(set.mayContain(value));
    }
    set.add(4);
    assertTrue(set.mayContain(4));
    assertFalse(set.mayContain(0));
  }
}
