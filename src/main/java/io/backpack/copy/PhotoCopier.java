package io.backpack.copy;

import io.backpack.api.BackpackException;
import io.backpack.api.Checksum;
import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.HeldName;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Streams;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.copy.Outcome.Kind;
import io.vertx.core.AsyncResult;
import io.vertx.core.Context;
import io.vertx.core.Future;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Carries one photo or tombstone to one target and proves that it arrived. Photos are streamed, so
 * memory does not grow with their size. Nothing here fails: what went wrong is in the {@link
 * Outcome}. Safe for use by any thread.
 */
public final class PhotoCopier {
  /** What says that a node as a whole cannot serve now, rather than this photo. */
  private static final Set<ErrorCode> AWAY =
      EnumSet.of(
          ErrorCode.UNAVAILABLE,
          ErrorCode.NOT_READY,
          ErrorCode.OVERLOADED,
          ErrorCode.INDEX_UNAVAILABLE,
          ErrorCode.STORAGE_FAILED,
          ErrorCode.NO_SPACE,
          ErrorCode.UNAUTHORIZED,
          ErrorCode.FORBIDDEN);

  /** The slowest transfer that is waited for; what is slower has hung. */
  private static final long BYTES_PER_MILLISECOND = 16;

  private final Context context;
  private final long answerMillis;
  private final Consumer<Source> away;

  /**
   * @param context on which every step is taken, whatever thread an answer came on
   * @param answer how long a node may take to begin an answer, beside the time for the bytes
   * @param away is told of each source that did not answer
   */
  public PhotoCopier(Context context, Duration answer, Consumer<Source> away) {
    this.away = away;
    this.context = context;
    this.answerMillis = answer.toMillis();
  }

  /**
   * Brings a write to the target: this one, or a later one of the same name that a source has.
   *
   * @param write what the target lacks
   * @param sources tried in this order
   */
  public Future<Outcome> copy(HeldName write, List<Source> sources, PhotoStore target) {
    return write.tombstone()
        ? delete(write, write.version(), target)
        : copyFrom(write, sources.iterator(), target, new Findings());
  }

  /** What the sources so far have said. */
  private static final class Findings {
    private final StringBuilder text = new StringBuilder();
    private boolean away;

    void add(Source source, String what) {
      text.append(text.isEmpty() ? "" : "; ").append("node ").append(source.id()).append(": ");
      text.append(what);
    }

    Outcome outcome() {
      String reason = text.isEmpty() ? "there is no node to copy it from" : text.toString();
      return Outcome.not(away ? Kind.SOURCE_AWAY : Kind.FAILED, reason);
    }
  }

  private Future<Outcome> copyFrom(
      HeldName write, Iterator<Source> rest, PhotoStore target, Findings findings) {
    if (!rest.hasNext()) {
      return Future.succeededFuture(findings.outcome());
    }
    Source source = rest.next();
    return get(write, source)
        .transform(
            read -> {
              if (read.failed()) {
                return notRead(write, source, read.cause(), rest, target, findings);
              }
              Photo photo = read.result();
              Version has = photo.info().version();
              if (write.version().isAfter(has)) {
                photo.discard();
                findings.add(source, "has only the older version " + has);
                return copyFrom(write, rest, target, findings);
              }
              WatchedBody body = new WatchedBody(photo.body());
              return put(photo, body, target)
                  .transform(
                      stored ->
                          written(write, source, photo, body, stored, rest, target, findings));
            });
  }

  private Future<Photo> get(HeldName write, Source source) {
    Future<Photo> reading =
        guarded(() -> source.store().get(PhotoAddress.of(write.name()), GetOptions.DEFAULT));
    return limited(reading, answerMillis)
        .recover(
            failure -> {
              if (!(failure instanceof BackpackException)) {
                // One that comes after all must not hold its connection for ever.
                reading.onSuccess(Photo::discard);
              }
              return Future.failedFuture(failure);
            });
  }

  private Future<Outcome> notRead(
      HeldName write,
      Source source,
      Throwable cause,
      Iterator<Source> rest,
      PhotoStore target,
      Findings findings) {
    BackpackException failure = known(cause);
    Optional<Version> version = failure.version();
    if (failure.code() == ErrorCode.DELETED
        && version.isPresent()
        && !write.version().isAfter(version.get())) {
      return delete(write, version.get(), target);
    }
    if (AWAY.contains(failure.code())) {
      findings.away = true;
      away.accept(source);
    }
    findings.add(source, failure.code() + ", " + failure.getMessage());
    return copyFrom(write, rest, target, findings);
  }

  private Future<StoredPhoto> put(Photo photo, WatchedBody body, PhotoStore target) {
    PhotoInfo info = photo.info();
    Upload upload = photo.buffered().map(Upload::of).orElseGet(() -> new Upload(info.size(), body));
    PutOptions options =
        PutOptions.DEFAULT
            .withContentType(info.contentType())
            .withChecksums(List.of(new Checksum(Checksum.Algorithm.CRC32C, info.crc32cHex())))
            .asReplica(info.version());
    long millis = answerMillis + info.size() / BYTES_PER_MILLISECOND;
    return limited(
        guarded(() -> target.put(PhotoAddress.of(info.name()), options, upload)), millis);
  }

  private Future<Outcome> written(
      HeldName write,
      Source source,
      Photo photo,
      WatchedBody body,
      AsyncResult<StoredPhoto> stored,
      Iterator<Source> rest,
      PhotoStore target,
      Findings findings) {
    PhotoInfo sent = photo.info();
    if (stored.succeeded()) {
      return Future.succeededFuture(verified(sent, stored.result()));
    }
    if (photo.buffered().isEmpty() && !body.over()) {
      Streams.drain(photo.body());
    }
    BackpackException failure = known(stored.cause());
    boolean sourceBroke =
        body.failed()
            || failure.code() == ErrorCode.CHECKSUM_MISMATCH
            || failure.code() == ErrorCode.INCOMPLETE_BODY;
    if (sourceBroke) {
      findings.away |= body.failed();
      findings.add(source, "its bytes did not arrive whole, " + failure.getMessage());
      return copyFrom(write, rest, target, findings);
    }
    return Future.succeededFuture(refused(sent.version(), failure));
  }

  /** A 201 is believed only when it names exactly what was sent. */
  private static Outcome verified(PhotoInfo sent, StoredPhoto stored) {
    PhotoInfo has = stored.info();
    boolean sameBytes = has.size() == sent.size() && has.crc32c() == sent.crc32c();
    if (sameBytes && has.version().equals(sent.version())) {
      return stored.unchanged() ? Outcome.alreadyThere() : Outcome.copied(has);
    }
    if (sameBytes && stored.unchanged() && has.version().isAfter(sent.version())) {
      return Outcome.alreadyThere();
    }
    return Outcome.not(
        Kind.FAILED,
        "the target answered that it stored "
            + (has.size() + " bytes " + has.etag())
            + ", sent were "
            + (sent.size() + " bytes " + sent.etag()));
  }

  private Future<Outcome> delete(HeldName write, Version version, PhotoStore target) {
    return limited(
            guarded(() -> target.delete(PhotoAddress.of(write.name()), DeleteOptions.at(version))),
            answerMillis)
        .transform(
            deleted -> {
              if (deleted.failed()) {
                return Future.succeededFuture(refused(version, known(deleted.cause())));
              }
              Version has = deleted.result().version();
              return Future.succeededFuture(
                  version.isAfter(has)
                      ? Outcome.not(Kind.FAILED, "the target kept the older tombstone " + has)
                      : Outcome.deleted());
            });
  }

  private static Outcome refused(Version sent, BackpackException failure) {
    boolean newer = failure.version().map(has -> !sent.isAfter(has)).orElse(false);
    if (newer
        && (failure.code() == ErrorCode.OLDER_VERSION || failure.code() == ErrorCode.DELETED)) {
      return Outcome.alreadyThere();
    }
    Kind kind = AWAY.contains(failure.code()) ? Kind.TARGET_AWAY : Kind.FAILED;
    return Outcome.not(kind, "the target: " + failure.code() + ", " + failure.getMessage());
  }

  /** A store that throws instead of failing its future must not end the worker. */
  private static <T> Future<T> guarded(Supplier<Future<T>> call) {
    try {
      return call.get();
    } catch (RuntimeException e) {
      return Future.failedFuture(e);
    }
  }

  private <T> Future<T> limited(Future<T> answer, long millis) {
    return Contexts.on(context, answer.timeout(millis, TimeUnit.MILLISECONDS));
  }

  private static BackpackException known(Throwable cause) {
    return cause instanceof TimeoutException
        ? new BackpackException(ErrorCode.UNAVAILABLE, "no answer in time")
        : BackpackException.of(cause);
  }
}
