package io.backpack.bus;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoStore;
import io.backpack.api.Upload;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.Message;
import io.vertx.core.eventbus.MessageConsumer;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Answers on the address {@code backpack.photos} for any {@link PhotoStore}. Several may serve the
 * address in a cluster; the bus gives each request to one of them.
 *
 * <p>Requests that are under way are bounded: one more is refused with {@link
 * ErrorCode#OVERLOADED}.
 */
public final class PhotoBusService {
  private static final Logger LOG = LoggerFactory.getLogger(PhotoBusService.class);

  /**
   * What the service demands and allows.
   *
   * @param writeToken required of put and delete; empty for none
   * @param maxPhotoSize bytes of a put, and of a get's reply
   * @param concurrency requests that may be under way at a time
   * @param timeout after which a request is answered with {@link ErrorCode#UNAVAILABLE}
   */
  public record Settings(String writeToken, int maxPhotoSize, int concurrency, Duration timeout) {
    public static final int DEFAULT_CONCURRENCY = 128;
    public static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

    public Settings {
      if (maxPhotoSize < 1 || concurrency < 1 || timeout.toMillis() < 1) {
        throw new IllegalArgumentException("maxPhotoSize, concurrency or timeout out of range");
      }
    }

    /** The documented limits. */
    public static Settings of(String writeToken) {
      return new Settings(
          writeToken, BusSettings.DEFAULT_MAX_PHOTO_SIZE, DEFAULT_CONCURRENCY, DEFAULT_TIMEOUT);
    }
  }

  private final PhotoStore store;
  private final Settings settings;
  private final byte[] expectedAuthorization;
  private final Semaphore permits;
  private final MessageConsumer<Object> consumer;

  private PhotoBusService(Vertx vertx, PhotoStore store, Settings settings) {
    this.store = store;
    this.settings = settings;
    this.expectedAuthorization =
        (BusProtocol.BEARER + settings.writeToken()).getBytes(StandardCharsets.UTF_8);
    this.permits = new Semaphore(settings.concurrency());
    this.consumer = vertx.eventBus().consumer(BusProtocol.ADDRESS);
    consumer.handler(this::handle);
  }

  /** Begins to serve; succeeds when the whole cluster can reach it. */
  public static Future<PhotoBusService> register(Vertx vertx, PhotoStore store, Settings settings) {
    PhotoBusService service = new PhotoBusService(vertx, store, settings);
    return service.consumer.completion().map(service);
  }

  /** Takes no more requests. Those under way are still answered. */
  public Future<Void> close() {
    return consumer.unregister();
  }

  private void handle(Message<Object> message) {
    if (!permits.tryAcquire()) {
      fail(
          message,
          new BackpackException(
              ErrorCode.OVERLOADED, "too many requests are under way, try again later"));
      return;
    }
    Future<Void> answered;
    try {
      answered = answer(message, new BusRequest(message.headers()));
    } catch (RuntimeException e) {
      answered = Future.failedFuture(e);
    }
    // The permit belongs to the work, not to the answer: a store that hangs keeps it.
    answered.onComplete(done -> permits.release());
    answered
        .timeout(settings.timeout().toMillis(), TimeUnit.MILLISECONDS)
        .onFailure(failure -> fail(message, failure));
  }

  private Future<Void> answer(Message<Object> message, BusRequest request) {
    String action = request.action();
    return switch (action) {
      case "put" -> put(message, request);
      case "get" -> get(message, request);
      case "stat" -> {
        PhotoAddress address = request.address();
        yield store
            .stat(address, request.trace())
            .map(info -> reply(message, BusProtocol.info(address.shard(), info)));
      }
      case "delete" -> {
        authorize(request);
        yield store
            .delete(request.address(), request.delete())
            .map(
                deletion ->
                    reply(
                        message,
                        new JsonObject().put(BusProtocol.VERSION, deletion.version().hex())));
      }
      default ->
          throw new BackpackException(
              ErrorCode.METHOD_NOT_ALLOWED,
              "the header 'action' is put, get, stat or delete, not '" + action + "'");
    };
  }

  private Future<Void> put(Message<Object> message, BusRequest request) {
    authorize(request);
    PhotoAddress address = request.address();
    if (!(message.body() instanceof Buffer bytes)) {
      throw new BackpackException(ErrorCode.BAD_REQUEST, "the body of a put is a Buffer");
    }
    if (bytes.length() == 0) {
      throw new BackpackException(ErrorCode.EMPTY_BODY, "a photo has at least one byte");
    }
    if (bytes.length() > settings.maxPhotoSize()) {
      throw tooLarge(bytes.length());
    }
    return store
        .put(address, request.put(), Upload.of(bytes))
        .map(stored -> reply(message, BusProtocol.stored(stored)));
  }

  private Future<Void> get(Message<Object> message, BusRequest request) {
    PhotoAddress address = request.address();
    return store
        .get(address, request.get())
        .compose(
            photo -> {
              if (photo.range().length() > settings.maxPhotoSize()) {
                photo.discard();
                return Future.failedFuture(tooLarge(photo.range().length()));
              }
              return photo.bytes().map(bytes -> reply(message, address, photo, bytes));
            });
  }

  private BackpackException tooLarge(long size) {
    return new BackpackException(
        ErrorCode.TOO_LARGE,
        size
            + " bytes are too many for the event bus, which takes "
            + settings.maxPhotoSize()
            + ": use HTTP");
  }

  private void authorize(BusRequest request) {
    byte[] shown = request.authorization().getBytes(StandardCharsets.UTF_8);
    if (!settings.writeToken().isEmpty() && !MessageDigest.isEqual(shown, expectedAuthorization)) {
      throw new BackpackException(
          ErrorCode.UNAUTHORIZED, "the header 'authorization' is not 'Bearer' and the write token");
    }
  }

  private static Void reply(Message<Object> message, JsonObject body) {
    message.reply(body);
    return null;
  }

  private static Void reply(
      Message<Object> message, PhotoAddress address, Photo photo, Buffer bytes) {
    message.reply(
        bytes, BusProtocol.replyHeaders(address.shard(), photo.info(), photo.range().offset()));
    return null;
  }

  private static void fail(Message<Object> message, Throwable cause) {
    BackpackException failure =
        cause instanceof java.util.concurrent.TimeoutException
            ? new BackpackException(ErrorCode.UNAVAILABLE, "the store did not answer in time")
            : BackpackException.of(cause);
    if (failure.code() == ErrorCode.INTERNAL) {
      LOG.error("a request over the event bus failed", cause);
    }
    message.fail(failure.code().status(), BusProtocol.failureText(failure));
  }
}
