package io.backpack.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import io.backpack.testing.Pictures;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ImageHeadsTest {
  private static Optional<ImageInfo> read(byte[] bytes) {
    return ImageInfo.read(ByteBuffer.wrap(bytes));
  }

  private static Optional<ImageInfo> image(int width, int height, int orientation) {
    return Optional.of(new ImageInfo(width, height, orientation));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  /** A TIFF structure with two other entries before the orientation. */
  private static byte[] tiff(ByteOrder order, int orientation) {
    ByteBuffer out = ByteBuffer.allocate(50).order(order);
    out.put(ascii(order == ByteOrder.BIG_ENDIAN ? "MM" : "II")).putShort((short) 42).putInt(8);
    out.putShort((short) 3);
    out.putShort((short) 0x010f).putShort((short) 2).putInt(4).putInt(0x41424300);
    out.putShort((short) 0x0110).putShort((short) 2).putInt(4).putInt(0x41424300);
    out.putShort((short) 0x0112).putShort((short) 3).putInt(1);
    out.putShort((short) orientation).putShort((short) 0);
    return out.array();
  }

  private static byte[] app1(byte[] tiff) {
    byte[] content = join(ascii("Exif\0\0"), tiff);
    return join(segmentHead(0xe1, content.length), content);
  }

  private static byte[] segmentHead(int marker, int length) {
    return new byte[] {(byte) 0xff, (byte) marker, (byte) (length + 2 >> 8), (byte) (length + 2)};
  }

  /** Puts segments behind the first marker of a JPEG. */
  private static byte[] jpegWith(byte[]... segments) {
    byte[] jpeg = Pictures.blank("jpg", 640, 480);
    return join(Arrays.copyOf(jpeg, 2), join(segments), Arrays.copyOfRange(jpeg, 2, jpeg.length));
  }

  private static byte[] chunk(String type, byte[] content) {
    // The reader does not look at checksums.
    return join(
        ByteBuffer.allocate(4).putInt(content.length).array(), ascii(type), content, new byte[4]);
  }

  private static byte[] riff(byte[]... chunks) {
    byte[] all = join(chunks);
    byte[] size =
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(all.length + 4).array();
    return join(ascii("RIFF"), size, ascii("WEBP"), all);
  }

  private static byte[] webpChunk(String type, byte[] content) {
    byte[] size =
        ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(content.length).array();
    return join(ascii(type), size, content, new byte[content.length & 1]);
  }

  private static byte[] vp8x(int flags) {
    // 1,280 x 853, each less one in 24 bits.
    return webpChunk("VP8X", new byte[] {(byte) flags, 0, 0, 0, (byte) 0xff, 4, 0, 0x54, 3, 0});
  }

  @ParameterizedTest
  @ValueSource(strings = {"jpg", "png", "gif"})
  void readsRealFiles(String format) {
    assertEquals(image(641, 7, 1), read(Pictures.blank(format, 641, 7)));
  }

  @Test
  void readsWebp() {
    // A lossy key frame: frame tag, start code, 14 bits each of width and height under their scale.
    byte[] lossy = HexFormat.of().parseHex("300100" + "9d012a" + "0145" + "e043" + "0011");
    assertEquals(image(1281, 992, 1), read(riff(webpChunk("VP8 ", lossy))));
    byte[] lossless =
        ByteBuffer.allocate(9)
            .order(ByteOrder.LITTLE_ENDIAN)
            .put((byte) 0x2f)
            .putInt(399 | 300 << 14)
            .putInt(7)
            .array();
    assertEquals(image(400, 301, 1), read(riff(webpChunk("VP8L", lossless))));
    assertEquals(image(1280, 853, 1), read(riff(vp8x(0))));
    assertEquals(Optional.empty(), read(riff(webpChunk("VP8 ", new byte[10]))));
    assertEquals(Optional.empty(), read(riff(webpChunk("VP8L", new byte[10]))));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void readsTheOrientation(int orientation) {
    for (ByteOrder order : List.of(ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN)) {
      byte[] tiff = tiff(order, orientation);
      assertEquals(image(640, 480, orientation), read(jpegWith(app1(tiff))));
      byte[] png = Pictures.blank("png", 12, 34);
      byte[] withExif =
          join(
              Arrays.copyOf(png, 33), chunk("eXIf", tiff), Arrays.copyOfRange(png, 33, png.length));
      assertEquals(image(12, 34, orientation), read(withExif));
      byte[] alpha = webpChunk("ALPH", new byte[33]);
      assertEquals(
          image(1280, 853, orientation), read(riff(vp8x(8), alpha, webpChunk("EXIF", tiff))));
      assertEquals(
          image(1280, 853, orientation),
          read(riff(vp8x(8), webpChunk("EXIF", join(ascii("Exif\0\0"), tiff)))));
    }
  }

  @Test
  void anOrientationThatIsNoneIsOne() {
    for (int orientation : new int[] {0, 9, 0xffff}) {
      byte[] tiff = tiff(ByteOrder.BIG_ENDIAN, orientation);
      assertEquals(image(640, 480, 1), read(jpegWith(app1(tiff))));
    }
    byte[] endless = tiff(ByteOrder.BIG_ENDIAN, 6);
    ByteBuffer.wrap(endless).putInt(4, -1);
    assertEquals(image(640, 480, 1), read(jpegWith(app1(endless))));
  }

  @Test
  void stepsOverLargeSegmentsUpToTheBound() {
    byte[] profile = join(segmentHead(0xe2, 65_533), new byte[65_533]);
    byte[] exif = app1(tiff(ByteOrder.LITTLE_ENDIAN, 6));
    assertEquals(image(640, 480, 6), read(jpegWith(exif, profile, profile, profile)));
    assertEquals(
        Optional.empty(), read(jpegWith(exif, profile, profile, profile, profile, profile)));
  }

  @Test
  void otherFilesAreNoPictures() {
    for (String text : List.of("", "x", "GIF89", "GIF90a12345678", "<svg width='1' height='2'>")) {
      assertEquals(Optional.empty(), read(ascii(text)));
    }
    assertEquals(Optional.empty(), read(ascii("GIF89a\0\0\5\0........")));
    byte[] png = Pictures.blank("png", 5, 5);
    ByteBuffer.wrap(png).putInt(16, -5);
    assertEquals(Optional.empty(), read(png));
  }

  @Test
  void leavesTheBufferAsItIs() {
    ByteBuffer bytes = ByteBuffer.wrap(join(new byte[3], Pictures.blank("gif", 5, 6), new byte[4]));
    bytes.position(3).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer before = bytes.duplicate();
    assertEquals(image(5, 6, 1), ImageInfo.read(bytes));
    assertEquals(before, bytes);
    assertEquals(3, bytes.position());
  }

  @Test
  void hostileBytesNeitherThrowNorTakeLong() {
    long seed = new Random().nextLong();
    System.out.println("ImageHeadsTest seed " + seed);
    Random random = new Random(seed);
    byte[] tiff = tiff(ByteOrder.LITTLE_ENDIAN, 6);
    byte[] png = Pictures.blank("png", 12, 34);
    List<byte[]> valid =
        List.of(
            jpegWith(app1(tiff)),
            join(Arrays.copyOf(png, 33), chunk("eXIf", tiff), Arrays.copyOfRange(png, 33, 70)),
            Pictures.blank("gif", 12, 34),
            riff(vp8x(8), webpChunk("EXIF", tiff)),
            riff(webpChunk("VP8L", new byte[] {0x2f, 1, 2, 3, 4, 5})));
    for (byte[] each : valid) {
      for (int length = 0; length < Math.min(each.length, 800); length++) {
        read(Arrays.copyOf(each, length));
      }
    }
    for (int i = 0; i < 200_000; i++) {
      byte[] bytes;
      if (i % 10 == 0) {
        bytes = Pictures.noise(random, random.nextInt(200));
        byte[] start = valid.get(random.nextInt(valid.size()));
        System.arraycopy(
            start, 0, bytes, 0, Math.min(Math.min(start.length, bytes.length), random.nextInt(40)));
      } else {
        byte[] whole = valid.get(random.nextInt(valid.size()));
        bytes = Arrays.copyOf(whole, random.nextInt(Math.min(whole.length, 400) + 1));
        for (int flips = random.nextInt(6); flips > 0 && bytes.length > 0; flips--) {
          bytes[random.nextInt(bytes.length)] =
              (byte) (random.nextBoolean() ? random.nextInt() : random.nextBoolean() ? 0xff : 0);
        }
      }
      read(bytes);
    }
  }

  @Test
  void theWorstBytesAreReadInLinearTime() {
    byte[] fill = new byte[32 << 20];
    Arrays.fill(fill, (byte) 0xff);
    fill[1] = (byte) 0xd8;
    byte[] chunks = Arrays.copyOf(Pictures.blank("png", 5, 5), 32 << 20);
    Arrays.fill(chunks, 33, chunks.length, (byte) 0);
    assertTimeout(
        Duration.ofSeconds(5),
        () -> {
          for (int i = 0; i < 50; i++) {
            assertEquals(Optional.empty(), read(fill));
            assertEquals(image(5, 5, 1), read(chunks));
          }
        });
  }
}
