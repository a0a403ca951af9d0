package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ContentTypes;
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
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.api.VersionClock;
import io.backpack.index.RedisIndex;
import io.backpack.volume.Attributes;
import io.backpack.volume.Needle;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleReader;
import io.backpack.volume.VolumeSet;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * The photos of one node. A write is answered when its needle is synced and the index has it; a
 * read is one look-up and one disk read, verified before the first byte is given out.
 *
 * <p>The rules of names: immutable unless {@code overwrite} is set. The same bytes again are {@code
 * unchanged}, other bytes are {@link ErrorCode#EXISTS}; after a delete a name is free again. Copies
 * from another node are ordered by their version alone, so that replicas that got different bytes
 * agree in the end. A photo whose bytes are damaged takes the same bytes again as its repair.
 */
final class LocalPhotoStore implements PhotoStore {
  private final Vertx vertx;
  private final VolumeSet volumes;
  private final RedisIndex index;
  private final DiskReads reads;
  private final VersionClock clock;
  private final boolean overwrite;
  private final CurrentNeedles needles;
  private final PhotoReads photos;
  private final UploadReader uploads;
  private final KeyedSerializer writers;

  LocalPhotoStore(
      Vertx vertx,
      StorageSettings settings,
      VolumeSet volumes,
      RedisIndex index,
      CurrentNeedles needles,
      PhotoMemory memory,
      DiskReads reads,
      VersionClock clock) {
    this.vertx = vertx;
    this.volumes = volumes;
    this.index = index;
    this.reads = reads;
    this.clock = clock;
    this.overwrite = settings.overwrite();
    this.needles = needles;
    this.photos = new PhotoReads(vertx, volumes, index, needles, memory, reads);
    this.writers =
        new KeyedSerializer(task -> vertx.getOrCreateContext().runOnContext(v -> task.run()));
    this.uploads = new UploadReader(vertx, settings.uploadMemory(), settings.http().maxPhotoSize());
  }

  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
    try {
      options.version().ifPresent(clock::observe);
      checkCanWrite(Math.max(0, upload.length()));
    } catch (BackpackException refused) {
      return Future.failedFuture(refused);
    }
    PhotoName name = address.name();
    return uploads.read(
        options,
        upload,
        photo ->
            writers.run(
                index.fieldHash(name),
                () ->
                    needles
                        .findToWrite(name)
                        .compose(old -> store(name, options, photo, old, CurrentNeedles.TRIES))));
  }

  /** Refuses before a byte of the body is read what could not be stored anyway. */
  private void checkCanWrite(long bytes) {
    if (index.state() != RedisIndex.State.READY) {
      throw new BackpackException(
          ErrorCode.INDEX_UNAVAILABLE, "this node cannot take writes now: " + index.detail());
    }
    if (volumes.freeBytes() < bytes) {
      throw new BackpackException(
          ErrorCode.NO_SPACE, "no room for the photo beyond the reserve of the disks");
    }
  }

  private Future<StoredPhoto> store(
      PhotoName name, PutOptions options, UploadedPhoto photo, CurrentNeedle old, int tries) {
    if (!old.photo()) {
      return append(name, options, photo, old, false);
    }
    if (options.ifAbsent()) {
      return old.damage().isPresent()
          ? Future.failedFuture(PhotoReads.missing(old))
          : fail(ErrorCode.PRECONDITION_FAILED, "a photo is stored under this name", old);
    }
    boolean sameVersion = options.version().filter(old.version()::equals).isPresent();
    if (options.replica() && !sameVersion) {
      return append(name, options, photo, old, false);
    }
    if (old.reader().isEmpty()) {
      return options.replica() || overwrite
          ? append(name, options, photo, old, sameVersion)
          : Future.failedFuture(PhotoReads.missing(old));
    }
    NeedleReader reader = old.reader().get();
    if (reader.size() != photo.size() || reader.crc32c() != photo.crc32c()) {
      return overwrite && !sameVersion
          ? append(name, options, photo, old, false)
          : fail(ErrorCode.EXISTS, "other bytes are stored under this name", old);
    }
    return reads
        .run(() -> Comparison.of(reader, photo))
        .compose(
            comparison ->
                switch (comparison) {
                  case SAME ->
                      // Where damage was found once, good bytes are taken while they are offered.
                      old.damage().isPresent()
                          ? repair(name, options, photo, old, reader)
                          : Future.succeededFuture(
                              new StoredPhoto("", CurrentNeedle.info(name, reader), true));
                  case DAMAGED -> repair(name, options, photo, old, reader);
                  case DIFFERENT ->
                      fail(ErrorCode.EXISTS, "other bytes are stored under this name", old);
                },
            failure ->
                tries > 0 && needles.gone(old.location().orElseThrow(), failure)
                    ? needles
                        .findAgain(name)
                        .compose(now -> store(name, options, photo, now, tries - 1))
                    : Future.failedFuture(failure));
  }

  private Future<StoredPhoto> repair(
      PhotoName name,
      PutOptions options,
      UploadedPhoto photo,
      CurrentNeedle old,
      NeedleReader reader) {
    PutOptions same = options.asReplica(old.version()).withContentType(reader.contentType());
    return append(name, same, photo, old, true);
  }

  /**
   * @param repair same version, new bytes for those that are damaged
   */
  private Future<StoredPhoto> append(
      PhotoName name, PutOptions options, UploadedPhoto photo, CurrentNeedle old, boolean repair) {
    Version version = options.version().orElseGet(() -> clock.nextAfter(old.version()));
    if (!repair && !version.isAfter(old.version())) {
      return older(old.version());
    }
    String type = ContentTypes.decide(options.contentType(), name, photo.head());
    Optional<ImageInfo> image = ImageInfo.read(photo.data());
    Needle needle =
        new Needle(
            name,
            version,
            false,
            old.known(),
            old.collided(),
            repair ? NeedleEntry.nextGeneration(old.generation()) : 0,
            type,
            Attributes.of(image),
            photo.data().duplicate(),
            photo.crc32c());
    PhotoInfo info = new PhotoInfo(name, photo.size(), photo.crc32c(), version, type, image);
    Optional<Version> replaced = old.tombstone() ? Optional.of(old.version()) : Optional.empty();
    return append(needle, old).map(done -> new StoredPhoto("", info, false, replaced));
  }

  private Future<Void> append(Needle needle, CurrentNeedle old) {
    return onContext(volumes.append(needle))
        .compose(
            appended -> {
              if (!appended.outcome().won()) {
                return older(appended.outcome().current());
              }
              old.location().ifPresent(volumes::resolved);
              return Future.succeededFuture();
            });
  }

  @Override
  public Future<Photo> get(PhotoAddress address, GetOptions options) {
    return photos.get(address.name(), options);
  }

  @Override
  public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
    return photos.stat(address.name());
  }

  @Override
  public Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
    try {
      options.version().ifPresent(clock::observe);
      checkCanWrite(0);
    } catch (BackpackException refused) {
      return Future.failedFuture(refused);
    }
    PhotoName name = address.name();
    return writers.run(
        index.fieldHash(name),
        () -> sight(name, options).compose(old -> delete(name, options, old)));
  }

  /** A delete with a version is written always; one without says 404 only when Redis says so. */
  private Future<CurrentNeedle> sight(PhotoName name, DeleteOptions options) {
    return options.version().isPresent() ? needles.findToWrite(name) : needles.find(name);
  }

  private Future<Deletion> delete(PhotoName name, DeleteOptions options, CurrentNeedle old) {
    if (options.version().isEmpty()) {
      if (!old.known()) {
        return Future.failedFuture(needles.notFound(name));
      }
      if (old.tombstone()) {
        return fail(ErrorCode.DELETED, "the photo was deleted before", old);
      }
    }
    Version version = options.version().orElseGet(() -> clock.nextAfter(old.version()));
    boolean repair = old.tombstone() && old.version().equals(version);
    if (repair && old.damage().isEmpty()) {
      return Future.succeededFuture(new Deletion(version));
    }
    if (old.version().isAfter(version)) {
      return older(old.version());
    }
    int generation = repair ? NeedleEntry.nextGeneration(old.generation()) : 0;
    Needle needle = Needle.tombstone(name, version, old.known(), old.collided(), generation);
    return append(needle, old).map(done -> new Deletion(version));
  }

  long uploadMemoryUsed() {
    return uploads.memory().used();
  }

  int uploadsWaiting() {
    return uploads.memory().waiting();
  }

  private <T> Future<T> onContext(CompletableFuture<T> future) {
    return Future.fromCompletionStage(future, vertx.getOrCreateContext());
  }

  private static <T> Future<T> older(Version stands) {
    return Future.failedFuture(
        new BackpackException(
            ErrorCode.OLDER_VERSION, "a write of version " + stands + " is stored", stands));
  }

  private static <T> Future<T> fail(ErrorCode code, String message, CurrentNeedle old) {
    return Future.failedFuture(new BackpackException(code, message, old.version()));
  }
}
