package io.backpack.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.Checksum;
import io.backpack.api.ErrorCode;
import io.backpack.api.ImageInfo;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Version;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class UploadFramesTest {
  private static final PhotoName NAME = PhotoName.of("тест/a b.jpg");
  private static final Version VERSION = Version.parse("0000000000000020");
  private static final PutOptions OPTIONS =
      new PutOptions(
          "image/jpeg",
          Optional.of(VERSION),
          true,
          false,
          List.of(
              new Checksum(Checksum.Algorithm.CRC32C, "01020304"),
              new Checksum(Checksum.Algorithm.MD5, "00".repeat(16))),
          new Trace("request-1", "00-1-2-3"));

  private static Buffer requests() {
    Buffer body = Buffer.buffer();
    UploadFrames.write(body, NAME, OPTIONS, Buffer.buffer("bytes"));
    UploadFrames.write(body, PhotoName.of("b"), PutOptions.DEFAULT, Buffer.buffer("x"));
    return body;
  }

  @Test
  void uploadsArriveAsTheyWereSent() {
    List<UploadFrames.Put> puts = UploadFrames.puts(requests());
    assertEquals(2, puts.size());
    assertEquals(NAME, puts.get(0).name());
    assertEquals(OPTIONS, puts.get(0).options());
    assertEquals("bytes", puts.get(0).photo().toString());
    assertEquals(PutOptions.DEFAULT, puts.get(1).options());
    assertEquals("x", puts.get(1).photo().toString());
  }

  @Test
  void aTraceThatCouldStandInNoHeaderIsLeftOut() {
    Buffer body = Buffer.buffer();
    PutOptions options =
        new PutOptions(
            "image/png\r\nX-Evil: 1",
            Optional.empty(),
            false,
            false,
            List.of(),
            new Trace("a\r\nb", "c d"));
    UploadFrames.write(body, NAME, options, Buffer.buffer("bytes"));
    assertEquals(PutOptions.DEFAULT, UploadFrames.puts(body).get(0).options());
  }

  @Test
  void aNameThatIsNoTextIsRefusedAndNotChanged() {
    Buffer body = Buffer.buffer();
    UploadFrames.write(body, PhotoName.of("name"), PutOptions.DEFAULT, Buffer.buffer("bytes"));
    int first = 8 + 8 + 1 + 2; // lengths, version, flags, length of the name
    assertEquals('n', body.getByte(first));
    body.setByte(first, (byte) 0xff);
    BackpackException refused =
        assertThrows(BackpackException.class, () -> UploadFrames.puts(body));
    assertEquals(ErrorCode.BAD_NAME, refused.code());
  }

  @Test
  void aHeadThatIsShorterThanItsPartsTakesNothingOfThePhoto() {
    Buffer body = Buffer.buffer();
    UploadFrames.write(body, NAME, PutOptions.DEFAULT, Buffer.buffer("\0\0\0\0\0"));
    body.setInt(0, body.getInt(0) - 1).setInt(4, body.getInt(4) + 1);
    BackpackException refused =
        assertThrows(BackpackException.class, () -> UploadFrames.puts(body));
    assertEquals(ErrorCode.BAD_REQUEST, refused.code());
  }

  @Test
  void noUploadIsLongerThanSaid() {
    Buffer body = Buffer.buffer();
    UploadFrames.write(body, NAME, OPTIONS, Buffer.buffer("bytes"));
    int said = UploadFrames.overhead(NAME, OPTIONS) + "bytes".length();
    assertTrue(body.length() <= said, body.length() + " of " + said);
  }

  @Test
  void answersArriveAsTheyWereGiven() {
    PhotoInfo info = new PhotoInfo(NAME, 5, -7, VERSION, "image/png", ImageInfo.of(640, 480, 6));
    List<StoredPhoto> stored =
        List.of(
            new StoredPhoto("", info, true, Optional.empty()),
            new StoredPhoto(
                "",
                new PhotoInfo(NAME, 1L << 33, 7, VERSION, "image/gif"),
                false,
                Optional.of(new Version(9))));
    List<BackpackException> refusals =
        List.of(
            new BackpackException(ErrorCode.EXISTS, "other bytes", VERSION),
            new BackpackException(ErrorCode.NO_SPACE, "full"));
    Buffer out = Buffer.buffer();
    for (int i = 0; i < 2; i++) {
      UploadFrames.stored(out, i, stored.get(i));
      UploadFrames.refused(out, i, refusals.get(i));
    }
    int at = 0;
    for (int i = 0; i < 2; i++) {
      UploadFrames.Answer good = next(out, at);
      at += UploadFrames.answerLength(out, at);
      assertEquals(i, good.index());
      assertEquals(stored.get(i), good.stored());
      UploadFrames.Answer bad = next(out, at);
      at += UploadFrames.answerLength(out, at);
      assertEquals(refusals.get(i).code(), bad.refusal().code());
      assertEquals(refusals.get(i).getMessage(), bad.refusal().getMessage());
      assertEquals(refusals.get(i).version(), bad.refusal().version());
    }
    assertEquals(out.length(), at);
    for (int cut = 0; cut < UploadFrames.answerLength(out, 0); cut++) {
      assertEquals(-1, UploadFrames.answerLength(out.getBuffer(0, cut), 0));
    }
  }

  private static UploadFrames.Answer next(Buffer in, int at) {
    return UploadFrames.answer(in, at, UploadFrames.answerLength(in, at), List.of(NAME, NAME));
  }

  @Test
  void whateverComesIsReadOrRefused() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Buffer sound = requests();
    for (int i = 0; i < 20_000; i++) {
      Buffer body = sound.copy();
      for (int flips = random.nextInt(4); flips >= 0; flips--) {
        body.setByte(random.nextInt(body.length()), (byte) random.nextInt(256));
      }
      Buffer cut = body.getBuffer(0, 1 + random.nextInt(body.length()));
      try {
        UploadFrames.puts(random.nextBoolean() ? body : cut);
      } catch (BackpackException refused) {
        assertEquals(400, refused.code().status(), () -> "seed " + seed);
      } catch (RuntimeException other) {
        throw new AssertionError("seed " + seed, other);
      }
    }
    assertThrows(
        BackpackException.class,
        () -> UploadFrames.answerLength(Buffer.buffer().appendInt(-1).appendInt(0), 0));
  }
}
