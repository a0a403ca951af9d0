package io.backpack.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NearestNameTest {
  @ParameterizedTest
  @CsvSource({"'', '', 0", "'', abc, 3", "abc, '', 3", "kitten, sitting, 3", "ab, ba, 2"})
  void countsEdits(String a, String b, int edits) {
    assertEquals(edits, NearestName.edits(a, b));
  }
}
