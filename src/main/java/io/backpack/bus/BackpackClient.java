package io.backpack.bus;

import io.backpack.api.BackpackException;
import io.backpack.api.ByteRange;
import io.backpack.api.Checksum;
import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Streams;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.DeliveryOptions;
import io.vertx.core.eventbus.Message;
import io.vertx.core.json.JsonObject;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Stores and reads photos over the event bus, for other Vert.x applications. Needs nothing but
 * vertx-core beside this jar.
 *
 * <pre>{@code
 * PhotoStore photos = BackpackClient.overBus(vertx, ClientOptions.DEFAULT.withToken(token));
 * photos.put(PhotoAddress.of(PhotoName.of("cat.jpg")), PutOptions.DEFAULT, Upload.of(bytes))
 *     .onSuccess(stored -> remember(stored.address().path()));
 * }</pre>
 *
 * <p>Every request has a timeout and fails with {@link ErrorCode#UNAVAILABLE} after it; a write may
 * then have been done or not, and may be repeated. Photos go over the bus in one piece: larger ones
 * than {@link ClientOptions#maxPhotoSize} fail with {@link ErrorCode#TOO_LARGE} and take the way
 * over HTTP.
 */
public final class BackpackClient implements PhotoStore {
  private final Vertx vertx;
  private final ClientOptions options;

  private BackpackClient(Vertx vertx, ClientOptions options) {
    this.vertx = vertx;
    this.options = options;
  }

  /** A client of whoever serves photos on the bus of this Vert.x. Holds nothing to be closed. */
  public static BackpackClient overBus(Vertx vertx, ClientOptions options) {
    return new BackpackClient(vertx, options);
  }

  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions put, Upload upload) {
    if (upload.length() > options.maxPhotoSize()) {
      return Future.failedFuture(tooLarge());
    }
    DeliveryOptions headers = BusRequest.write("put", address, put.trace());
    BusRequest.write(headers, put);
    authorize(headers);
    return Streams.collect(upload.stream(), options.maxPhotoSize())
        .timeout(options.timeout().toMillis(), TimeUnit.MILLISECONDS)
        .recover(failure -> Future.failedFuture(uploadFailure(failure)))
        .compose(
            bytes -> {
              if (upload.length() >= 0 && bytes.length() != upload.length()) {
                return Future.failedFuture(
                    new BackpackException(
                        ErrorCode.INCOMPLETE_BODY,
                        upload.length() + " bytes were announced, " + bytes.length() + " came"));
              }
              return this.<JsonObject>ask(bytes, headers);
            })
        .map(reply -> BusProtocol.stored(reply.body()));
  }

  private BackpackException uploadFailure(Throwable failure) {
    if (failure instanceof BackpackException known) {
      return known.code() == ErrorCode.TOO_LARGE ? tooLarge() : known;
    }
    return failure instanceof TimeoutException
        ? new BackpackException(ErrorCode.TOO_SLOW, "the upload's bytes did not come in time")
        : new BackpackException(
            ErrorCode.INCOMPLETE_BODY, "the upload's stream failed: " + failure, failure);
  }

  private BackpackException tooLarge() {
    return new BackpackException(
        ErrorCode.TOO_LARGE,
        "the event bus takes photos up to " + options.maxPhotoSize() + " bytes: use HTTP");
  }

  @Override
  public Future<Photo> get(PhotoAddress address, GetOptions get) {
    DeliveryOptions headers = BusRequest.write("get", address, get.trace());
    get.range().ifPresent(range -> BusRequest.write(headers, range));
    return this.<Buffer>ask(null, headers).map(BackpackClient::photo);
  }

  private static Photo photo(Message<Buffer> reply) {
    MultiMap headers = reply.headers();
    PhotoInfo info = BusProtocol.info(headers);
    Buffer bytes = reply.body();
    long offset = Long.parseLong(headers.get(BusProtocol.OFFSET));
    if (bytes.length() == info.size() && Checksum.crc32c(bytes) != info.crc32c()) {
      throw new BackpackException(
          ErrorCode.DAMAGED, "the bytes were damaged on their way over the event bus");
    }
    return Photo.of(info, new ByteRange(offset, bytes.length()), bytes);
  }

  @Override
  public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
    return this.<JsonObject>ask(null, BusRequest.write("stat", address, trace))
        .map(reply -> BusProtocol.info(reply.body()));
  }

  @Override
  public Future<Deletion> delete(PhotoAddress address, DeleteOptions delete) {
    DeliveryOptions headers = BusRequest.write("delete", address, delete.trace());
    delete.version().ifPresent(at -> headers.addHeader(BusProtocol.VERSION, at.hex()));
    authorize(headers);
    return this.<JsonObject>ask(null, headers)
        .map(reply -> new Deletion(Version.parse(reply.body().getString(BusProtocol.VERSION))));
  }

  private void authorize(DeliveryOptions headers) {
    if (!options.token().isEmpty()) {
      headers.addHeader(BusProtocol.AUTHORIZATION, BusProtocol.BEARER + options.token());
    }
  }

  private <T> Future<Message<T>> ask(Buffer body, DeliveryOptions headers) {
    headers.setSendTimeout(options.timeout().toMillis());
    return vertx
        .eventBus()
        .<T>request(BusProtocol.ADDRESS, body, headers)
        .recover(failure -> Future.failedFuture(BusProtocol.failure(failure)));
  }
}
