package io.backpack.chaos;

import java.util.Arrays;
import java.util.Random;

/** The bytes of an upload, made of its seed. */
final class Bytes {
  private static final int[] EDGES = {1, 4095, 4096, 65_535, 65_536, 65_537, 131_072, 131_073};
  private static final int LARGE = 2 << 20;
  private static final int LARGEST_USUAL = 300_000;

  private Bytes() {}

  static byte[] of(long seed) {
    Random random = new Random(seed);
    byte[] bytes = new byte[size(random)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static int size(Random random) {
    int what = random.nextInt(1000);
    if (what < 4) {
      return LARGE + random.nextInt(1000);
    }
    if (what < 60) {
      return EDGES[random.nextInt(EDGES.length)];
    }
    // As many of 10 to 100 bytes as of 10 to 100 kilobytes.
    return (int) Math.exp(random.nextDouble() * Math.log(LARGEST_USUAL));
  }

  static boolean are(byte[] bytes, long seed) {
    return bytes.length == size(new Random(seed)) && Arrays.equals(bytes, of(seed));
  }
}
