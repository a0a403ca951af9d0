package io.backpack.index;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Version;
import io.backpack.testing.Fuzz;
import io.backpack.volume.Location;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

/** Whatever stands in Redis is an entry of ours, or said to be none. */
class CodecFuzzTest {
  private static final int ROUNDS = 20_000;

  private static byte[] value() {
    ByteBuffer out = ByteBuffer.allocate(IndexValue.BYTES);
    IndexValue.write(out, new Version(77), true, 5, new Location(1 << 24, 64, 104));
    return out.array();
  }

  @Test
  void values() {
    Fuzz.run(
        "index value",
        ROUNDS,
        bytes -> {
          try {
            Lookup found = IndexValue.read(bytes);
            assertTrue(found.generation() >= 0 && found.generation() <= 127);
            ByteBuffer out = ByteBuffer.allocate(IndexValue.BYTES);
            IndexValue.write(
                out, found.version(), found.tombstone(), found.generation(), found.location());
            assertEquals(ByteBuffer.wrap(bytes), out.flip());
          } catch (BackpackException notOurs) {
            assertEquals(ErrorCode.INDEX_UNAVAILABLE, notOurs.code());
          }
        },
        value());
  }

  @Test
  void outcomes() {
    Fuzz.run(
        "outcomes",
        ROUNDS,
        bytes -> {
          for (int count : new int[] {0, 1, 2, bytes.length / 9, Integer.MAX_VALUE}) {
            try {
              assertEquals(count, BatchCodec.outcomes(bytes, count).size());
              assertEquals(bytes.length, count * 9L);
            } catch (BackpackException notOurs) {
              assertEquals(ErrorCode.INDEX_UNAVAILABLE, notOurs.code());
            }
          }
        },
        new byte[9],
        new byte[18]);
  }
}
