package io.backpack.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class ContentTypesTest {
  private static Buffer latin1(String text) {
    return Buffer.buffer(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  private static String decide(String announced, String name, String head) {
    return ContentTypes.decide(announced, PhotoName.of(name), latin1(head));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "image/jpeg",
        "image/svg+xml",
        "text/plain; charset=utf-8",
        "text/plain;charset=\"utf 8\"",
        "Image/PNG"
      })
  void whatSaysSomethingIsKept(String type) {
    assertEquals(type, ContentTypes.announced(type));
    assertEquals(type, decide(type, "x.gif", "GIF89a"));
  }

  @ParameterizedTest
  @NullSource
  @ValueSource(
      strings = {
        "",
        "image",
        "/png",
        "image/",
        "image/png; x",
        "image/png, image/gif",
        "im age/png",
        "image/png\r\nX: y",
        "application/octet-stream",
        "Application/Octet-Stream; x=y",
        "application/x-www-form-urlencoded"
      })
  void whatSaysNothingIsDecided(String type) {
    assertEquals("", ContentTypes.announced(type));
    assertEquals("image/gif", decide(type, "x.png", "GIF89a..."));
  }

  @Test
  void aTypeIsNeverLongerThan255Bytes() {
    assertEquals("", ContentTypes.announced("image/" + "x".repeat(250)));
  }

  @Test
  void firstBytesTell() {
    assertEquals("image/jpeg", decide("", "x", "\u00ff\u00d8\u00ff\u00e0"));
    assertEquals("image/png", decide("", "x", "\u0089PNG\r\n\u001a\n"));
    assertEquals("image/gif", decide("", "x", "GIF87a"));
    assertEquals("image/webp", decide("", "x", "RIFF1234WEBPVP8 "));
    assertEquals("image/avif", decide("", "x", "\0\0\0\u0020ftypavif"));
    assertEquals("image/heic", decide("", "x", "\0\0\0\u0020ftypheic"));
    assertEquals("video/mp4", decide("", "x", "\0\0\0\u0020ftypisom"));
    assertEquals("image/jxl", decide("", "x", "\u00ff\n"));
    assertEquals("image/tiff", decide("", "x", "II*\0"));
    assertEquals("image/bmp", decide("", "x", "BM" + "x".repeat(30)));
    assertEquals("image/x-icon", decide("", "x", "\0\0\1\0"));
    assertEquals("image/svg+xml", decide("", "x", " <svg>"));
    assertEquals("image/svg+xml", decide("", "x", "<?xml version='1.0'?><svg>"));
    assertEquals("application/octet-stream", decide("", "x", "<?xml version='1.0'?><html>"));
  }

  @ParameterizedTest
  @CsvSource({
    "a.JPG, image/jpeg",
    "a.b/c.svg, image/svg+xml",
    "a.jpg.bin, application/octet-stream",
    "jpg, application/octet-stream",
    "a., application/octet-stream"
  })
  void theEndingTellsWhereTheBytesDoNot(String name, String type) {
    assertEquals(type, decide("", name, "?"));
  }

  @Test
  void onlyPlainPicturesAreRaster() {
    assertTrue(ContentTypes.isRaster("image/jpeg"));
    assertTrue(ContentTypes.isRaster("Image/PNG; q=1"));
    for (String type : new String[] {"image/svg+xml", "text/html", "application/pdf", ""}) {
      assertFalse(ContentTypes.isRaster(type));
    }
  }
}
