package io.backpack.bench;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SplittableRandom;

/**
 * A set of photos that follows from a seed. Sizes are lognormal between the smallest and the
 * largest, the bytes cannot be compressed, and a name has 20 bytes, such as {@code
 * a3f/0b2c4d5e9f01.jpg}; {@code bench/names.lua} computes the same names.
 *
 * @param median bytes of a photo
 * @param sigma of the logarithm of the size; 0 for photos of one size
 */
record Photos(String name, int count, long seed, double median, double sigma, int min, int max) {
  private static final int POOL_BYTES = 32 << 20;
  private static final int DIRECTORIES = 4096;

  /** The name's digits are a permutation of the numbers below this prime. */
  private static final long PRIME = 2_147_483_647L;

  private static final long FACTOR = 48_271;

  Photos {
    if (count < 1 || min < 4 || max < min || max > POOL_BYTES / 2) {
      throw new IllegalArgumentException("no such set of photos: " + name);
    }
  }

  /** As previews are: 12 KB in the middle, 1.5 to 200 KB. */
  static Photos previews(String name, int count) {
    return new Photos(name, count, 42, 12_288, 0.7, 1_536, 204_800);
  }

  /** 100 KB on average, with the same spread. */
  static Photos large(String name, int count) {
    return new Photos(name, count, 43, 100_000 / Math.exp(0.7 * 0.7 / 2), 0.7, 1_536, 2_000_000);
  }

  /** All of one size. */
  static Photos of(String name, int count, int size) {
    return new Photos(name, count, 44, size, 0, size, size);
  }

  /** The name of photo {@code i}, without a leading slash. */
  String path(int i) {
    long mixed = (i + 1L) * FACTOR % PRIME;
    return String.format(
        Locale.ROOT, "%03x/%08x%04x.jpg", mixed % DIRECTORIES, mixed, i * 40_503L % 65_536);
  }

  int size(int i) {
    if (sigma == 0) {
      return min;
    }
    SplittableRandom random = random(i);
    // Twelve uniform numbers: close enough to a normal one, and the same on every Java.
    double sum = -6;
    for (int k = 0; k < 12; k++) {
      sum += random.nextDouble();
    }
    return (int) Math.max(min, Math.min(max, median * Math.exp(sigma * sum)));
  }

  /** Bytes of all photos. */
  long bytes() {
    if (sigma == 0) {
      return (long) count * min;
    }
    int sample = Math.min(count, 10_000);
    long sum = 0;
    for (int i = 0; i < sample; i++) {
      sum += size(i);
    }
    return sum * count / sample;
  }

  private SplittableRandom random(int i) {
    return new SplittableRandom(seed * 1_000_003 + i);
  }

  /** Random bytes that the photos are cut out of. */
  byte[] pool() {
    byte[] pool = new byte[POOL_BYTES];
    new SplittableRandom(seed).nextBytes(pool);
    return pool;
  }

  /** The bytes of photo {@code i}; a copy. */
  ByteBuffer data(byte[] pool, int i) {
    int size = size(i);
    byte[] bytes = new byte[size];
    int from = (int) Math.floorMod(i * 7_919L, (long) POOL_BYTES - size);
    System.arraycopy(pool, from, bytes, 0, size);
    ByteBuffer data = ByteBuffer.wrap(bytes);
    // The start of a JPEG, and what makes each one different.
    return size < 8 ? data : data.putInt(0, 0xffd8ff00).putInt(4, i);
  }

  /** Writes them as plain files. */
  void writeFiles(Path directory) throws IOException {
    byte[] pool = pool();
    for (int i = 0; i < DIRECTORIES; i++) {
      Files.createDirectories(directory.resolve(String.format(Locale.ROOT, "%03x", i)));
    }
    for (int i = 0; i < count; i++) {
      Files.write(directory.resolve(path(i)), data(pool, i).array());
    }
  }
}
