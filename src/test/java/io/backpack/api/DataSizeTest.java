package io.backpack.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DataSizeTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0",
    "4096, 4096",
    "17b, 17",
    "1 byte, 1",
    "1k, 1024",
    "512kb, 524288",
    "100mb, 104857600",
    "3500MiB, 3670016000",
    "100gb, 107374182400",
    "1 TB, 1099511627776",
    "1.5tb, 1649267441664",
    "0.5k, 512",
    "0.3k, 307",
    "7eb, 8070450532247928832",
    "9223372036854775807, 9223372036854775807"
  })
  void parsesPowersOf1024(String text, long bytes) {
    assertEquals(bytes, DataSize.parse(text).bytes());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"", "mb", "-1", "+1", "1 2", "1xb", "1,5gb", "0x10", "1.5", "8eb", "1e3", "1  gb"})
  void refusesWhatIsNoSize(String text) {
    BackpackException failure = assertThrows(BackpackException.class, () -> DataSize.parse(text));
    assertEquals(ErrorCode.BAD_REQUEST, failure.code());
    assertTrue(failure.getMessage().contains("'" + text + "'"), failure.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      longs = {0, 1, 1000, 1024, 1536, 100L << 30, 3500L << 20, 1L << 62, 5L << 60, Long.MAX_VALUE})
  void printsWhatItParses(long bytes) {
    DataSize size = new DataSize(bytes);
    assertEquals(size, DataSize.parse(size.toString()));
  }

  @Test
  void printsTheLargestUnitThatFits() {
    assertEquals("100gb", new DataSize(100L << 30).toString());
    assertEquals("1536mb", new DataSize(1536L << 20).toString());
    assertEquals("1025", new DataSize(1025).toString());
  }

  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1000, 1000 B",
    "1024, 1.00 KB",
    "15565, 15.2 KB",
    "104857600, 100 MB",
    "1047527424, 999 MB",
    "1048051712, 0.98 GB",
    "44023414784, 41.0 GB",
    "9223372036854775807, 8.00 EB"
  })
  void roundsForPeople(long bytes, String text) {
    assertEquals(text, new DataSize(bytes).forPeople());
  }

  @Test
  void refusesNegativeOnes() {
    assertThrows(IllegalArgumentException.class, () -> new DataSize(-1));
  }
}
