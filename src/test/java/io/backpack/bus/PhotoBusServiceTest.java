package io.backpack.bus;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.Checksum;
import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
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
import io.backpack.testing.InMemoryPhotoStore;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.ReplyException;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PhotoBusServiceTest {
  private static final int MAX = 10_000;
  private static final PhotoAddress CAT = PhotoAddress.of(PhotoName.of("päth/a cat:1.jpg"));
  private static final ClientOptions OPTIONS =
      ClientOptions.DEFAULT.withToken("secret").withMaxPhotoSize(MAX);

  private final Vertx vertx = Vertx.vertx();
  private final InMemoryPhotoStore store = new InMemoryPhotoStore(1, 10L * MAX);
  private final BackpackClient client = BackpackClient.overBus(vertx, OPTIONS);
  private PhotoBusService service;

  @BeforeEach
  void start() {
    service = serve(store, 16);
  }

  private PhotoBusService serve(PhotoStore behind, int concurrency) {
    return await(
        PhotoBusService.register(
            vertx,
            behind,
            new PhotoBusService.Settings("secret", MAX, concurrency, Duration.ofSeconds(2))));
  }

  @AfterEach
  void stop() {
    await(vertx.close());
  }

  private StoredPhoto put(PhotoAddress address, Buffer bytes) {
    return await(
        client.put(address, PutOptions.DEFAULT.withContentType("image/jpeg"), Upload.of(bytes)));
  }

  private static Buffer bytes(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return Buffer.buffer(bytes);
  }

  @Test
  void storesReadsTellsAndDeletes() {
    Buffer bytes = bytes(MAX);
    StoredPhoto stored = put(CAT, bytes);
    assertFalse(stored.unchanged());
    assertTrue(put(CAT, bytes).unchanged());
    assertEquals(stored.info(), await(client.stat(CAT, Trace.NONE)));
    Photo photo = await(client.get(CAT, GetOptions.DEFAULT));
    assertEquals(stored.info(), photo.info());
    assertEquals("image/jpeg", photo.info().contentType());
    assertEquals(bytes, await(photo.bytes()));
    Version deleted = await(client.delete(CAT, DeleteOptions.DEFAULT)).version();
    assertTrue(deleted.isAfter(stored.info().version()));
    BackpackException failure =
        awaitFailure(ErrorCode.DELETED, client.get(CAT, GetOptions.DEFAULT));
    assertEquals(Optional.of(deleted), failure.version());
  }

  @Test
  void readsRanges() {
    Buffer bytes = bytes(1000);
    put(CAT, bytes);
    assertEquals(bytes.getBuffer(100, 200), range(100, 199));
    assertEquals(bytes.getBuffer(900, 1000), range(900, -1));
    assertEquals(bytes.getBuffer(950, 1000), range(-1, 50));
    awaitFailure(
        ErrorCode.RANGE_NOT_SATISFIABLE, client.get(CAT, ranged(new RangeRequest(1000, -1))));
  }

  private static GetOptions ranged(RangeRequest range) {
    return new GetOptions(Optional.of(range), Trace.NONE);
  }

  private Buffer range(long first, long last) {
    Photo photo = await(client.get(CAT, ranged(new RangeRequest(first, last))));
    assertEquals(1000, photo.info().size());
    Buffer part = await(photo.bytes());
    assertEquals(part.length(), photo.range().length());
    return part;
  }

  @Test
  void carriesEveryOptionOfAPut() {
    RecordingStore recording = new RecordingStore();
    await(service.close());
    service = serve(recording, 16);
    PutOptions options =
        new PutOptions(
            "image/png",
            Optional.of(Version.parse("0123456789abcdef")),
            true,
            true,
            List.of(
                Checksum.of(Checksum.Algorithm.CRC32C, new byte[] {1, 2, 3, 4}),
                Checksum.of(Checksum.Algorithm.MD5, new byte[16]),
                Checksum.of(Checksum.Algorithm.SHA256, new byte[32])),
            new Trace("request", "00-trace"));
    PhotoAddress address = new PhotoAddress("shard-1", CAT.name());
    awaitFailure(ErrorCode.NO_SPACE, client.put(address, options, Upload.of(bytes(5))));
    assertEquals(options, recording.put);
    assertEquals(address, recording.address);
  }

  @Test
  void failuresKeepTheirCodeTextAndVersion() {
    Version version = Version.parse("00000000000000aa");
    store.fail(new BackpackException(ErrorCode.OLDER_VERSION, "older: than (this)", version));
    BackpackException failure = awaitFailure(ErrorCode.OLDER_VERSION, client.stat(CAT, Trace.NONE));
    assertEquals("older: than (this)", failure.getMessage());
    assertEquals(Optional.of(version), failure.version());
    for (ErrorCode code : ErrorCode.values()) {
      if (code != ErrorCode.INTERNAL) {
        store.fail(new BackpackException(code, "why\nso"));
        assertEquals("why\nso", awaitFailure(code, client.stat(CAT, Trace.NONE)).getMessage());
      }
    }
  }

  @Test
  void onTheWireAFailureIsStatusAndCodeColonText() {
    ReplyException failure =
        assertThrows(ReplyException.class, () -> await(ask("stat", null, Optional.empty())));
    assertEquals(404, failure.failureCode());
    assertEquals("NOT_FOUND: no photo of this name", failure.getMessage());
  }

  @Test
  void onTheWireAPutIsAnsweredWithTheDocumentedFields() {
    JsonObject reply =
        (JsonObject) await(ask("put", bytes(5), Optional.of("Bearer secret"))).body();
    assertEquals(CAT.name().value(), reply.getString("name"));
    assertEquals("/p%C3%A4th/a%20cat:1.jpg", reply.getString("path"));
    assertEquals(5, reply.getInteger("size"));
    assertEquals(8, reply.getString("crc32c").length());
    assertEquals(16, reply.getString("version").length());
  }

  private Future<Message<Object>> ask(String action, Object body, Optional<String> authorization) {
    DeliveryOptions options =
        new DeliveryOptions()
            .addHeader("api", "1")
            .addHeader("action", action)
            .addHeader("name", CAT.name().value());
    authorization.ifPresent(value -> options.addHeader("authorization", value));
    return vertx.eventBus().request("backpack.photos", body, options);
  }

  @Test
  void writesNeedTheToken() {
    for (String token : List.of("", "wrong", "secret ")) {
      BackpackClient stranger = BackpackClient.overBus(vertx, OPTIONS.withToken(token));
      awaitFailure(
          ErrorCode.UNAUTHORIZED, stranger.put(CAT, PutOptions.DEFAULT, Upload.of(bytes(5))));
      awaitFailure(ErrorCode.UNAUTHORIZED, stranger.delete(CAT, DeleteOptions.DEFAULT));
      awaitFailure(ErrorCode.NOT_FOUND, stranger.stat(CAT, Trace.NONE));
    }
  }

  @Test
  void badRequestsAreToldSo() {
    assertFails(400, "BAD_REQUEST", new DeliveryOptions().addHeader("action", "stat"));
    DeliveryOptions head = new DeliveryOptions().addHeader("api", "1");
    assertFails(405, "METHOD_NOT_ALLOWED", new DeliveryOptions(head).addHeader("action", "list"));
    assertFails(400, "BAD_NAME", new DeliveryOptions(head).addHeader("action", "stat"));
    DeliveryOptions get = new DeliveryOptions(head).addHeader("action", "get");
    assertFails(400, "BAD_NAME", new DeliveryOptions(get).addHeader("name", "_/health"));
    DeliveryOptions named = new DeliveryOptions(get).addHeader("name", "a");
    assertFails(400, "BAD_REQUEST", new DeliveryOptions(named).addHeader("range", "bytes=5"));
    assertFails(400, "BAD_REQUEST", new DeliveryOptions(named).addHeader("range", "bytes=9-5"));
    assertFails(400, "BAD_NAME", new DeliveryOptions(named).addHeader("shard", "no/shard"));
    assertFails(400, "BAD_REQUEST", named("put", "s").addHeader("version", "1"));
    assertFails(400, "BAD_REQUEST", named("put", "s").addHeader("if-none-match", "\"etag\""));
    assertFails(400, "BAD_REQUEST", named("put", "s").addHeader("checksum-md5", "00"));
  }

  private static DeliveryOptions named(String action, String name) {
    return new DeliveryOptions()
        .addHeader("api", "1")
        .addHeader("action", action)
        .addHeader("name", name)
        .addHeader("authorization", "Bearer secret");
  }

  private void assertFails(int status, String code, DeliveryOptions options) {
    ReplyException failure =
        assertThrows(
            ReplyException.class,
            () -> await(vertx.eventBus().request("backpack.photos", bytes(3), options)));
    assertEquals(status, failure.failureCode(), failure.getMessage());
    assertTrue(failure.getMessage().startsWith(code + ": "), failure.getMessage());
  }

  @Test
  void sizesAreBoundedOnBothSides() {
    awaitFailure(
        ErrorCode.TOO_LARGE, client.put(CAT, PutOptions.DEFAULT, Upload.of(bytes(MAX + 1))));
    BackpackClient generous = BackpackClient.overBus(vertx, OPTIONS.withMaxPhotoSize(2 * MAX));
    awaitFailure(
        ErrorCode.TOO_LARGE, generous.put(CAT, PutOptions.DEFAULT, Upload.of(bytes(MAX + 1))));
    awaitFailure(ErrorCode.EMPTY_BODY, client.put(CAT, PutOptions.DEFAULT, Upload.of(bytes(0))));
    await(store.put(CAT, PutOptions.DEFAULT, Upload.of(bytes(MAX + 1))));
    awaitFailure(ErrorCode.TOO_LARGE, client.get(CAT, GetOptions.DEFAULT));
    assertEquals(MAX + 1, await(client.stat(CAT, Trace.NONE)).size());
    Photo part = await(client.get(CAT, ranged(new RangeRequest(0, MAX - 1))));
    assertEquals(MAX, part.range().length());
  }

  @Test
  void aBodyOfAnotherLengthThanAnnouncedIsRefused() {
    Upload lying = new Upload(6, Upload.of(bytes(5)).stream());
    awaitFailure(ErrorCode.INCOMPLETE_BODY, client.put(CAT, PutOptions.DEFAULT, lying));
  }

  @Test
  void moreThanTheBoundIsOverloadAndAHangingStoreTimesOut() {
    await(service.close());
    HangingStore hanging = new HangingStore();
    service = serve(hanging, 1);
    Future<PhotoInfo> first = client.stat(CAT, Trace.NONE);
    awaitFailure(ErrorCode.OVERLOADED, client.stat(CAT, Trace.NONE));
    awaitFailure(ErrorCode.UNAVAILABLE, first);
    awaitFailure(ErrorCode.OVERLOADED, client.stat(CAT, Trace.NONE));
    hanging.answer.fail(new BackpackException(ErrorCode.NOT_FOUND, "late"));
    awaitFailure(ErrorCode.NOT_FOUND, client.stat(CAT, Trace.NONE));
  }

  @Test
  void withoutAServiceOrAnAnswerItIsUnavailable() {
    await(service.close());
    awaitFailure(ErrorCode.UNAVAILABLE, client.stat(CAT, Trace.NONE));
    await(vertx.eventBus().consumer("backpack.photos", message -> {}).completion());
    BackpackClient hasty =
        BackpackClient.overBus(vertx, OPTIONS.withTimeout(Duration.ofMillis(100)));
    awaitFailure(ErrorCode.UNAVAILABLE, hasty.stat(CAT, Trace.NONE));
  }

  @Test
  void aFaultOfTheStoreIsInternalAndTellsNothing() {
    await(service.close());
    service = serve(new FaultyStore(), 16);
    BackpackException failure = awaitFailure(ErrorCode.INTERNAL, client.stat(CAT, Trace.NONE));
    assertFalse(failure.getMessage().contains("secret detail"));
  }

  private static class RecordingStore extends FaultyStore {
    private volatile PhotoAddress address;
    private volatile PutOptions put;

    @Override
    public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
      this.address = address;
      this.put = options;
      return Future.failedFuture(new BackpackException(ErrorCode.NO_SPACE, "full"));
    }
  }

  private static final class HangingStore extends FaultyStore {
    private final Promise<PhotoInfo> answer = Promise.promise();

    @Override
    public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
      return answer.future();
    }
  }

  private static class FaultyStore implements PhotoStore {
    @Override
    public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
      throw new IllegalStateException("secret detail");
    }

    @Override
    public Future<Photo> get(PhotoAddress address, GetOptions options) {
      throw new IllegalStateException("secret detail");
    }

    @Override
    public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
      throw new IllegalStateException("secret detail");
    }

    @Override
    public Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
      throw new IllegalStateException("secret detail");
    }
  }
}
