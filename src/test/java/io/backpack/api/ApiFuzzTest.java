package io.backpack.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.testing.Fuzz;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** What clients send is taken or refused with one of our errors, whatever it is. */
class ApiFuzzTest {
  private static final int ROUNDS = 20_000;
  private static final PhotoName NAME = PhotoName.of("a/photo.jpg");

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  @Test
  void names() {
    Fuzz.run(
        "name",
        ROUNDS,
        bytes -> {
          tryName(bytes);
          String text = new String(bytes, StandardCharsets.ISO_8859_1);
          try {
            PhotoName name = PhotoName.ofEncoded(text);
            assertEquals(name, PhotoName.ofEncoded(name.encoded()));
          } catch (BackpackException refused) {
            assertEquals(ErrorCode.BAD_NAME, refused.code());
          }
        },
        utf8("a/photo.jpg"),
        utf8("2013/%C3%A9t%C3%A9/%2e%2e/x"),
        utf8("n".repeat(1025)),
        utf8("\ud83d\ude00/é"));
  }

  private static void tryName(byte[] bytes) {
    try {
      PhotoName name = PhotoName.of(bytes);
      assertTrue(name.length() >= 1 && name.length() <= PhotoName.MAX_BYTES);
      assertEquals(name, PhotoName.of(name.value()));
    } catch (BackpackException refused) {
      assertEquals(ErrorCode.BAD_NAME, refused.code());
    }
  }

  @Test
  void contentTypes() {
    Fuzz.run(
        "content type",
        ROUNDS,
        bytes -> {
          String header = new String(bytes, StandardCharsets.ISO_8859_1);
          String decided = ContentTypes.decide(header, NAME, Buffer.buffer(bytes));
          assertTrue(!decided.isEmpty() && decided.length() <= 255, decided);
          ContentTypes.isRaster(header);
        },
        utf8("image/jpeg; charset=utf-8; a=\"b c\""),
        utf8("<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>"),
        utf8("\0\0\0\u0018ftypavif\0\0\0\0"),
        utf8("x/" + "y".repeat(250) + ";".repeat(100)));
  }

  @Test
  void ranges() {
    Fuzz.run(
        "range",
        ROUNDS,
        bytes -> {
          ByteBuffer in = ByteBuffer.wrap(bytes);
          if (in.remaining() < 24) {
            return;
          }
          long size = 1 + (in.getLong() >>> 1) % 1000;
          try {
            ByteRange range = new RangeRequest(in.getLong(), in.getLong()).resolve(size);
            assertTrue(range.length() >= 1 && range.end() <= size, range::toString);
          } catch (BackpackException refused) {
            assertTrue(
                refused.code() == ErrorCode.BAD_REQUEST
                    || refused.code() == ErrorCode.RANGE_NOT_SATISFIABLE);
          }
        },
        longs(9, 0, -1),
        longs(9, -1, 5),
        longs(9, 0, Long.MAX_VALUE));
  }

  private static byte[] longs(long... values) {
    ByteBuffer out = ByteBuffer.allocate(8 * values.length);
    for (long value : values) {
      out.putLong(value);
    }
    return out.array();
  }

  @Test
  void aRangeUpToTheLargestNumberEndsWithThePhoto() {
    assertEquals(new ByteRange(3, 7), new RangeRequest(3, Long.MAX_VALUE).resolve(10));
    assertEquals(new ByteRange(0, 10), new RangeRequest(-1, Long.MAX_VALUE).resolve(10));
  }

  @Test
  void versionsAndAddresses() {
    Fuzz.run(
        "address",
        ROUNDS,
        bytes -> {
          String text = new String(bytes, StandardCharsets.UTF_8);
          try {
            Version.parse(text);
          } catch (BackpackException refused) {
            assertEquals(ErrorCode.BAD_REQUEST, refused.code());
          }
          try {
            PhotoAddress.checkId("node", text);
          } catch (BackpackException refused) {
            assertTrue(refused.code().status() < 500);
          }
        },
        utf8("6881281cfa00000a"),
        utf8("1:a/photo.jpg"));
  }
}
