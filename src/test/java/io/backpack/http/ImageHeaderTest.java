package io.backpack.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.backpack.api.ImageInfo;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageHeaderTest {
  private static final Optional<ImageInfo> IMAGE = Optional.of(new ImageInfo(640, 480, 6));

  @Test
  void readsWhatItWrites() {
    assertEquals("width=640, height=480, orientation=6", ImageHeader.format(IMAGE.orElseThrow()));
    assertEquals(IMAGE, ImageHeader.parse(ImageHeader.format(IMAGE.orElseThrow())));
  }

  @Test
  void readsADictionaryLeniently() {
    assertEquals(
        IMAGE, ImageHeader.parse("orientation=6,frames=2;x=1, height=480;a=\"b\", width=640, new"));
    assertEquals(Optional.of(new ImageInfo(3, 4, 1)), ImageHeader.parse("width=3, height=4"));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        ",",
        "=",
        "width",
        "width=1",
        "width=0, height=1, orientation=1",
        "width=1, height=1, orientation=9",
        "width=99999999999, height=1, orientation=1",
        "width=a, height=1, orientation=1",
        "width=1, height=1, width=x"
      })
  void whatIsMalformedSaysNothing(String header) {
    assertEquals(Optional.empty(), ImageHeader.parse(header));
  }
}
