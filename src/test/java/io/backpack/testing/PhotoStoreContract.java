package io.backpack.testing;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ByteRange;
import io.backpack.api.Checksum;
import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.ImageInfo;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.RangeRequest;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.api.VersionClock;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What every {@link PhotoStore} does, as its javadoc says. A test class per store extends this;
 * each test uses names of its own, so one store may serve them all.
 */
public abstract class PhotoStoreContract {
  private static final VersionClock CLOCK = new VersionClock(77);

  private final Random random = new Random(1);

  /** The store under test. */
  protected abstract PhotoStore store();

  /** Whether the store takes versions stamped by somebody else, as a node does. */
  protected boolean takesVersions() {
    return true;
  }

  /** Whether the store compares the checksums of an upload with its bytes. */
  protected boolean comparesChecksums() {
    return true;
  }

  /** The address at which a name that was never stored is asked for. */
  protected PhotoAddress unknown(PhotoName name) {
    return PhotoAddress.of(name);
  }

  private Buffer bytes(int size) {
    byte[] bytes = new byte[size];
    random.nextBytes(bytes);
    return Buffer.buffer(bytes);
  }

  private static PhotoName name(String text) {
    return PhotoName.of(text);
  }

  private StoredPhoto put(PhotoName name, Buffer bytes, PutOptions options) {
    return await(store().put(PhotoAddress.of(name), options, Upload.of(bytes)));
  }

  private StoredPhoto put(PhotoName name, Buffer bytes) {
    return put(name, bytes, PutOptions.DEFAULT);
  }

  private BackpackException putFails(
      ErrorCode code, PhotoName name, Buffer bytes, PutOptions options) {
    return awaitFailure(code, store().put(PhotoAddress.of(name), options, Upload.of(bytes)));
  }

  private Buffer read(PhotoAddress address) {
    return await(store().get(address, GetOptions.DEFAULT).compose(Photo::bytes));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 65_535, 65_536, 65_537, 262_144, 262_145, 1 << 20, (1 << 20) + 1})
  void givesBackWhatWasStored(int size) {
    PhotoName name = name("sizes/" + size + ".png");
    Buffer bytes = bytes(size);
    CRC32C crc = new CRC32C();
    crc.update(bytes.getBytes());

    StoredPhoto stored = put(name, bytes, PutOptions.DEFAULT.withContentType("image/png"));

    assertFalse(stored.unchanged());
    PhotoInfo info = stored.info();
    assertEquals(name, info.name());
    assertEquals(size, info.size());
    assertEquals((int) crc.getValue(), info.crc32c());
    assertEquals("image/png", info.contentType());
    assertTrue(info.version().isAfter(Version.NONE));
    assertEquals(info, await(store().stat(stored.address(), Trace.NONE)));
    Photo photo = await(store().get(stored.address(), GetOptions.DEFAULT));
    assertEquals(info, photo.info());
    assertEquals(ByteRange.all(size), photo.range());
    assertEquals(bytes, await(photo.bytes()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "with space.jpg",
        " leading and trailing ",
        "папка/фото 🎒.jpg",
        "literal%2Fescape%20.jpg",
        "a+b.jpg",
        "1:2:3.jpg",
        "deep/er/still/x",
        "q?query=1&x#fragment.jpg",
        "..hidden/...",
        "_underscore",
        "statsx",
        "quote\"'<>\\^`{|}.jpg",
        "caf\u00e9 and cafe\u0301"
      })
  void takesAnyName(String text) {
    PhotoName name = name(text);
    StoredPhoto stored = put(name, Buffer.buffer(text));
    assertEquals(name, stored.info().name());
    assertEquals(text, read(stored.address()).toString());
  }

  @Test
  void takesTheLongestNameInBytes() {
    PhotoName name = name("é".repeat(511) + "/x");
    assertEquals(PhotoName.MAX_BYTES, name.length());
    StoredPhoto stored = put(name, Buffer.buffer("long"));
    assertEquals("long", read(stored.address()).toString());
  }

  @Test
  void namesThatDifferInOneByteAreDifferent() {
    PhotoAddress lower = put(name("case/a"), Buffer.buffer("lower")).address();
    PhotoAddress upper = put(name("case/A"), Buffer.buffer("upper")).address();
    assertEquals("lower", read(lower).toString());
    assertEquals("upper", read(upper).toString());
  }

  @Test
  void sameBytesAgainAreUnchanged() {
    PhotoName name = name("again.jpg");
    StoredPhoto first = put(name, Buffer.buffer("same"));
    StoredPhoto second = put(name, Buffer.buffer("same"));
    assertTrue(second.unchanged());
    assertEquals(first.info(), second.info());
    assertEquals(first.address(), second.address());
  }

  @Test
  void otherBytesUnderAStoredNameAreRefusedWithItsVersion() {
    PhotoName name = name("immutable.jpg");
    StoredPhoto first = put(name, Buffer.buffer("first"));
    BackpackException refused =
        putFails(ErrorCode.EXISTS, name, Buffer.buffer("other"), PutOptions.DEFAULT);
    assertEquals(Optional.of(first.info().version()), refused.version());
    assertEquals("first", read(first.address()).toString());
  }

  @Test
  void ifAbsentRefusesWhatIsStored() {
    PhotoName name = name("absent.jpg");
    PutOptions ifAbsent = new PutOptions("", Optional.empty(), false, true, List.of(), Trace.NONE);
    PhotoAddress address = put(name, Buffer.buffer("x"), ifAbsent).address();
    putFails(ErrorCode.PRECONDITION_FAILED, name, Buffer.buffer("x"), ifAbsent);
    await(store().delete(address, DeleteOptions.DEFAULT));
    assertFalse(put(name, Buffer.buffer("y"), ifAbsent).unchanged());
  }

  @Test
  void noBytesAreNoPhoto() {
    putFails(ErrorCode.EMPTY_BODY, name("empty"), Buffer.buffer(), PutOptions.DEFAULT);
    awaitFailure(ErrorCode.NOT_FOUND, store().stat(unknown(name("empty")), Trace.NONE));
  }

  @Test
  void wrongChecksumsStoreNothing() {
    if (!comparesChecksums()) {
      return;
    }
    PhotoName name = name("checked.jpg");
    for (Checksum.Algorithm algorithm : Checksum.Algorithm.values()) {
      Checksum wrong = Checksum.of(algorithm, new byte[algorithm.length()]);
      putFails(
          ErrorCode.CHECKSUM_MISMATCH,
          name,
          Buffer.buffer("bytes"),
          PutOptions.DEFAULT.withChecksums(List.of(wrong)));
    }
    awaitFailure(ErrorCode.NOT_FOUND, store().stat(unknown(name), Trace.NONE));
    // CRC-32C of "123456789" is e3069283 (RFC 3720, appendix B.4, as everywhere).
    Checksum right = new Checksum(Checksum.Algorithm.CRC32C, "e3069283");
    put(name, Buffer.buffer("123456789"), PutOptions.DEFAULT.withChecksums(List.of(right)));
  }

  @Test
  void unknownNamesAreNotFound() {
    PhotoAddress address = unknown(name("never stored"));
    awaitFailure(ErrorCode.NOT_FOUND, store().get(address, GetOptions.DEFAULT));
    awaitFailure(ErrorCode.NOT_FOUND, store().stat(address, Trace.NONE));
    awaitFailure(ErrorCode.NOT_FOUND, store().delete(address, DeleteOptions.DEFAULT));
  }

  @Test
  void aDeletedNameIsGoneUntilItIsUsedAgain() {
    PhotoName name = name("deleted.jpg");
    StoredPhoto stored = put(name, Buffer.buffer("first"));
    Deletion deletion = await(store().delete(stored.address(), DeleteOptions.DEFAULT));
    assertTrue(deletion.version().isAfter(stored.info().version()));

    awaitFailure(ErrorCode.DELETED, store().get(stored.address(), GetOptions.DEFAULT));
    awaitFailure(ErrorCode.DELETED, store().stat(stored.address(), Trace.NONE));
    awaitFailure(ErrorCode.DELETED, store().delete(stored.address(), DeleteOptions.DEFAULT));

    StoredPhoto again = put(name, Buffer.buffer("second"));
    assertTrue(again.info().version().isAfter(deletion.version()));
    assertEquals("second", read(again.address()).toString());
  }

  @Test
  void anUploadSaysWhichDeleteItReplaced() {
    if (!takesVersions()) {
      return;
    }
    PhotoName name = name("replaced.jpg");
    Buffer bytes = Buffer.buffer("second");
    StoredPhoto first = put(name, Buffer.buffer("first"));
    assertEquals(Optional.empty(), first.replaced());
    Version deleted = await(store().delete(first.address(), DeleteOptions.DEFAULT)).version();
    StoredPhoto second = put(name, bytes);
    assertEquals(Optional.of(deleted), second.replaced());
    assertEquals(Optional.empty(), put(name, bytes).replaced());
    StoredPhoto copy =
        put(
            name,
            Buffer.buffer("third"),
            PutOptions.DEFAULT.asReplica(CLOCK.nextAfter(second.info().version())));
    assertEquals(Optional.empty(), copy.replaced());
  }

  @Test
  void readsTheSizeOfAPictureWhateverItsType() {
    PhotoName name = name("picture.bin");
    Buffer bytes = Buffer.buffer(Pictures.blank("png", 40, 30));
    Optional<ImageInfo> image = Optional.of(new ImageInfo(40, 30, 1));
    StoredPhoto stored = put(name, bytes, PutOptions.DEFAULT.withContentType("text/plain"));
    assertEquals(image, stored.info().image());
    assertEquals(stored.info(), put(name, bytes).info());
    assertEquals(image, await(store().stat(stored.address(), Trace.NONE)).image());
    Photo whole = await(store().get(stored.address(), GetOptions.DEFAULT));
    assertEquals(image, whole.info().image());
    whole.discard();
    GetOptions part = new GetOptions(Optional.of(new RangeRequest(20, 29)), Trace.NONE);
    Photo ranged = await(store().get(stored.address(), part));
    assertEquals(image, ranged.info().image());
    ranged.discard();
  }

  @Test
  void aLargePictureHasItsSizeToo() {
    Buffer bytes = Buffer.buffer(Pictures.blank("jpg", 64, 32)).appendBuffer(bytes(1_100_000));
    StoredPhoto stored = put(name("large picture"), bytes);
    Optional<ImageInfo> image = Optional.of(new ImageInfo(64, 32, 1));
    assertEquals(image, stored.info().image());
    Photo photo = await(store().get(stored.address(), GetOptions.DEFAULT));
    assertEquals(image, photo.info().image());
    photo.discard();
  }

  @Test
  void whatIsNoPictureHasNoSize() {
    StoredPhoto stored = put(name("claims.png"), Buffer.buffer("GIF89 is not a GIF"));
    assertEquals(Optional.empty(), stored.info().image());
    assertEquals(Optional.empty(), await(store().stat(stored.address(), Trace.NONE)).image());
  }

  @Test
  void givesTheRangeThatIsAskedFor() {
    int size = 300_000;
    Buffer bytes = bytes(size);
    PhotoAddress address = put(name("range.bin"), bytes).address();
    for (RangeRequest wanted :
        List.of(
            new RangeRequest(0, 0),
            new RangeRequest(0, size - 1),
            new RangeRequest(65_535, 65_536),
            new RangeRequest(size - 1, -1),
            new RangeRequest(-1, 1),
            new RangeRequest(-1, size + 1L),
            new RangeRequest(1, size * 2L))) {
      Photo photo = await(store().get(address, new GetOptions(Optional.of(wanted), Trace.NONE)));
      ByteRange range = wanted.resolve(size);
      assertEquals(range, photo.range(), wanted.toString());
      assertEquals(size, photo.info().size());
      assertEquals(bytes.getBuffer((int) range.offset(), (int) range.end()), await(photo.bytes()));
    }
    awaitFailure(
        ErrorCode.RANGE_NOT_SATISFIABLE,
        store().get(address, new GetOptions(Optional.of(new RangeRequest(size, -1)), Trace.NONE)));
  }

  @Test
  void theHighestVersionWinsWhateverTheOrder() {
    if (!takesVersions()) {
      return;
    }
    PhotoName name = name("versions.jpg");
    Version low = CLOCK.next();
    Version middle = CLOCK.next();
    Version high = CLOCK.next();
    StoredPhoto stored = put(name, Buffer.buffer("middle"), PutOptions.DEFAULT.asReplica(middle));
    assertEquals(middle, stored.info().version());

    BackpackException older =
        putFails(
            ErrorCode.OLDER_VERSION, name, Buffer.buffer("low"), PutOptions.DEFAULT.asReplica(low));
    assertEquals(Optional.of(middle), older.version());
    assertEquals("middle", read(stored.address()).toString());

    put(name, Buffer.buffer("high"), PutOptions.DEFAULT.asReplica(high));
    assertEquals("high", read(stored.address()).toString());
  }

  @Test
  void aCopyOfWhatIsStoredIsUnchanged() {
    if (!takesVersions()) {
      return;
    }
    PhotoName name = name("copy.jpg");
    Version version = CLOCK.next();
    put(name, Buffer.buffer("copy"), PutOptions.DEFAULT.asReplica(version));
    StoredPhoto again = put(name, Buffer.buffer("copy"), PutOptions.DEFAULT.asReplica(version));
    assertTrue(again.unchanged());
    assertEquals(version, again.info().version());
  }

  @Test
  void onlyCopiesReplaceStoredBytes() {
    if (!takesVersions()) {
      return;
    }
    PhotoName name = name("stamped.jpg");
    put(name, Buffer.buffer("first"), PutOptions.DEFAULT.withVersion(CLOCK.next()));
    PutOptions stamped = PutOptions.DEFAULT.withVersion(CLOCK.next());
    putFails(ErrorCode.EXISTS, name, Buffer.buffer("second"), stamped);
    put(name, Buffer.buffer("third"), PutOptions.DEFAULT.asReplica(CLOCK.next()));
  }

  @Test
  void aStampedDeleteIsWrittenWhereTheNameIsUnknown() {
    if (!takesVersions()) {
      return;
    }
    PhotoName name = name("tombstone.jpg");
    PhotoAddress address = PhotoAddress.of(name);
    Version low = CLOCK.next();
    Version high = CLOCK.next();
    assertEquals(high, await(store().delete(address, DeleteOptions.at(high))).version());
    awaitFailure(ErrorCode.DELETED, store().get(address, GetOptions.DEFAULT));
    BackpackException older =
        putFails(
            ErrorCode.OLDER_VERSION,
            name,
            Buffer.buffer("late"),
            PutOptions.DEFAULT.asReplica(low));
    assertEquals(Optional.of(high), older.version());
    awaitFailure(ErrorCode.OLDER_VERSION, store().delete(address, DeleteOptions.at(low)));
    assertEquals(high, await(store().delete(address, DeleteOptions.at(high))).version());
  }

  @Test
  void ofEqualVersionsTheTombstoneWins() {
    if (!takesVersions()) {
      return;
    }
    PhotoName name = name("tie.jpg");
    Version version = CLOCK.next();
    put(name, Buffer.buffer("photo"), PutOptions.DEFAULT.asReplica(version));
    await(store().delete(PhotoAddress.of(name), DeleteOptions.at(version)));
    awaitFailure(ErrorCode.DELETED, store().stat(PhotoAddress.of(name), Trace.NONE));
    putFails(
        ErrorCode.OLDER_VERSION,
        name,
        Buffer.buffer("photo"),
        PutOptions.DEFAULT.asReplica(version));
  }
}
