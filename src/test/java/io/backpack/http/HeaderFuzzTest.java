package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.testing.Fuzz;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Header lines that clients choose. */
class HeaderFuzzTest {
  private static final int ROUNDS = 20_000;

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  @Test
  void dates() {
    Fuzz.run(
        "date",
        ROUNDS,
        bytes -> HttpDate.parse(new String(bytes, StandardCharsets.ISO_8859_1)),
        ascii("Sun, 06 Nov 1994 08:49:37 GMT"),
        ascii("Sat, 31 Dec 9999 23:59:60 +1800"),
        ascii("1 Jan 0000 00:00 -0000"));
  }

  @Test
  void ranges() {
    Fuzz.run(
        "range header",
        ROUNDS,
        bytes -> {
          try {
            Conditions.range(new String(bytes, StandardCharsets.ISO_8859_1))
                .ifPresent(range -> range.resolve(1000));
          } catch (BackpackException refused) {
            if (refused.code().status() >= 500) {
              throw refused;
            }
          }
        },
        ascii("bytes=0-499"),
        ascii("bytes=-500"),
        ascii("bytes=9500-"),
        ascii("bytes=0-0,-1"),
        ascii("bytes=0-999999999999999999"));
  }
}
