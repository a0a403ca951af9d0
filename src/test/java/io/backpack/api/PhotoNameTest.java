package io.backpack.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PhotoNameTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a\n", "a\u0000", "\u007f", "\ud800"
      })
  void refuses(String text) {
    BackpackException failure = assertThrows(BackpackException.class, () -> PhotoName.of(text));
    assertEquals(ErrorCode.BAD_NAME, failure.code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"%", "%4", "%4g", "a%", "%ff", "%2e%2e", "a%2f", "%00"})
  void refusesEncoded(String path) {
    BackpackException failure =
        assertThrows(BackpackException.class, () -> PhotoName.ofEncoded(path));
    assertEquals(ErrorCode.BAD_NAME, failure.code());
  }

  @ParameterizedTest
  @CsvSource({
    "a.jpg, a.jpg, a.jpg",
    "a%20b, a b, a%20b",
    "a+b, a+b, a%2Bb",
    "%25, %, %25",
    "x%2Fy, x/y, x/y",
    "1:2:3, 1:2:3, 1:2:3",
    "%C3%A9, é, %C3%A9",
    "e%CC%81, e\u0301, e%CC%81",
    "..., ..., ...",
  })
  void decodesAndEncodes(String path, String decoded, String encoded) {
    PhotoName name = PhotoName.ofEncoded(path);
    assertEquals(decoded, name.value());
    assertEquals(encoded, name.encoded());
    assertEquals(name, PhotoName.ofEncoded(name.encoded()));
    assertEquals(name, PhotoName.of(name.utf8()));
  }

  @Test
  void countsBytesNotCharacters() {
    assertEquals(1024, PhotoName.of("x".repeat(1024)).length());
    assertEquals(1024, PhotoName.of("é".repeat(512)).length());
    assertThrows(BackpackException.class, () -> PhotoName.of("x".repeat(1025)));
    assertThrows(BackpackException.class, () -> PhotoName.of("é".repeat(512) + "x"));
  }

  @Test
  void knowsReservedNames() {
    for (String reserved : new String[] {"stats", "_", "_/health", "_/x/y"}) {
      assertTrue(PhotoName.of(reserved).reserved(), reserved);
    }
    for (String free : new String[] {"stats/x", "_x", "a/_/b", "Stats"}) {
      assertFalse(PhotoName.of(free).reserved(), free);
    }
  }

  @Test
  void bytesAreCopies() {
    PhotoName name = PhotoName.of("abc");
    name.utf8()[0] = 'x';
    assertEquals("abc", new String(name.utf8(), StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({"1:a.jpg, 1, a.jpg", "1%3Aa.jpg, 1, a.jpg", "s:a:b, s, a:b", "s:%3A, s, :"})
  void addressesSplitAtTheFirstColon(String path, String shard, String name) {
    PhotoAddress address = PhotoAddress.ofEncoded(path);
    assertEquals(shard, address.shard());
    assertEquals(name, address.name().value());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a.jpg", ":a", "a b:x", "1:", "é:x", "123456789012345678901234567890123:x"})
  void addressesRefuse(String path) {
    BackpackException failure =
        assertThrows(BackpackException.class, () -> PhotoAddress.ofEncoded(path));
    assertEquals(ErrorCode.BAD_NAME, failure.code());
  }
}
