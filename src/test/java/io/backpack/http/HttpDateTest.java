package io.backpack.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HttpDateTest {
  private static final DateTimeFormatter OF_THE_RFC =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);

  @Test
  void isWrittenAsTheRfcDoes() {
    assertEquals("Sun, 06 Nov 1994 08:49:37 GMT", HttpDate.format(784_111_777_999L));
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int i = 0; i < 2000; i++) {
      long millis = random.nextLong(1L << 42);
      String text = HttpDate.format(millis);
      assertEquals(OF_THE_RFC.format(Instant.ofEpochMilli(millis)), text, "seed " + seed);
      assertEquals(
          Optional.of(Instant.ofEpochSecond(millis / 1000)), HttpDate.parse(text), "seed " + seed);
    }
  }

  @Test
  void whatIsNoDateIsNone() {
    for (String text : new String[] {"", "yesterday", "Sun, 99 Nov 1994 08:49:37 GMT", "0"}) {
      assertEquals(Optional.empty(), HttpDate.parse(text));
    }
  }
}
