package io.backpack.index;

import io.backpack.api.PhotoName;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** SipHash-2-4 (Aumasson and Bernstein, 2012): 64 bits under a key. Immutable. */
final class SipHash implements NameHash {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  /**
   * The hash of names, the same on every node, so that nodes can compare what they have without
   * telling names. The key is the 16 bytes of the ASCII text {@code backpack.name.v1}.
   */
  static final SipHash NAMES = ofKey("backpack.name.v1");

  private final long k0;
  private final long k1;

  SipHash(long k0, long k1) {
    this.k0 = k0;
    this.k1 = k1;
  }

  private static SipHash ofKey(String text) {
    byte[] key = text.getBytes(StandardCharsets.US_ASCII);
    return new SipHash((long) LONGS.get(key, 0), (long) LONGS.get(key, 8));
  }

  @Override
  public long of(PhotoName name) {
    return of(name.utf8());
  }

  long of(byte[] bytes) {
    long[] v = {
      k0 ^ 0x736f6d6570736575L,
      k1 ^ 0x646f72616e646f6dL,
      k0 ^ 0x6c7967656e657261L,
      k1 ^ 0x7465646279746573L
    };
    int whole = bytes.length & ~7;
    for (int at = 0; at < whole; at += 8) {
      compress(v, (long) LONGS.get(bytes, at));
    }
    long last = (long) bytes.length << 56;
    for (int at = whole; at < bytes.length; at++) {
      last |= (bytes[at] & 0xffL) << 8 * (at - whole);
    }
    compress(v, last);
    v[2] ^= 0xff;
    for (int i = 0; i < 4; i++) {
      round(v);
    }
    return v[0] ^ v[1] ^ v[2] ^ v[3];
  }

  private static void compress(long[] v, long word) {
    v[3] ^= word;
    round(v);
    round(v);
    v[0] ^= word;
  }

  private static void round(long[] v) {
    v[0] += v[1];
    v[1] = Long.rotateLeft(v[1], 13) ^ v[0];
    v[0] = Long.rotateLeft(v[0], 32);
    v[2] += v[3];
    v[3] = Long.rotateLeft(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = Long.rotateLeft(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = Long.rotateLeft(v[1], 17) ^ v[2];
    v[2] = Long.rotateLeft(v[2], 32);
  }
}
