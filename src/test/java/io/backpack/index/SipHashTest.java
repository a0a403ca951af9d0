package io.backpack.index;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.backpack.api.PhotoName;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class SipHashTest {
  private static byte[] counting(int length) {
    byte[] bytes = new byte[length];
    IntStream.range(0, length).forEach(i -> bytes[i] = (byte) i);
    return bytes;
  }

  /** The vectors that the authors published: key 00 to 0f, messages 00, 01, ... */
  @Test
  void agreesWithThePublishedVectors() {
    SipHash hash = new SipHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
    assertEquals(0x726fdb47dd0e0e31L, hash.of(counting(0)));
    assertEquals(0x74f839c593dc67fdL, hash.of(counting(1)));
    assertEquals(0x93f5f5799a932462L, hash.of(counting(8)));
    assertEquals(0xa129ca6149be45e5L, hash.of(counting(15)));
    assertEquals(0x958a324ceb064572L, hash.of(counting(63)));
  }

  /** Nodes that had another one would take all they have for different. */
  @Test
  void theHashOfANameStaysTheSame() {
    assertEquals(0xa5e55ddd7defffc7L, SipHash.NAMES.of(PhotoName.of("a/photo.jpg")));
    assertEquals(0x03d158de2d92d2f2L, SipHash.NAMES.of(PhotoName.of("photo.jpg")));
  }
}
