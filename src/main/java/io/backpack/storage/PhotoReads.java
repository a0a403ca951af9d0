package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ByteRange;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.http.ReadyPhoto;
import io.backpack.index.Lookup;
import io.backpack.index.RedisIndex;
import io.backpack.volume.Location;
import io.backpack.volume.NeedleReader;
import io.backpack.volume.VolumeSet;
import io.netty.buffer.Unpooled;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.util.Optional;

/**
 * The reads of one node. A photo that is known to be damaged is as good as not there for who asks
 * about it; who wants its bytes makes the disk be asked all the same, and when they are right again
 * the damage is taken back.
 */
final class PhotoReads {
  /** Needles up to this length are read at once, larger ones in pieces. */
  private static final long WHOLE = 1 << 20;

  private final Vertx vertx;
  private final VolumeSet volumes;
  private final RedisIndex index;
  private final CurrentNeedles needles;
  private final PhotoMemory memory;
  private final DiskReads reads;

  PhotoReads(
      Vertx vertx,
      VolumeSet volumes,
      RedisIndex index,
      CurrentNeedles needles,
      PhotoMemory memory,
      DiskReads reads) {
    this.vertx = vertx;
    this.memory = memory;
    this.volumes = volumes;
    this.index = index;
    this.needles = needles;
    this.reads = reads;
  }

  Future<Photo> get(PhotoName name, GetOptions options) {
    return index.lookup(name).compose(found -> read(name, found, options, CurrentNeedles.TRIES));
  }

  private Future<Photo> read(
      PhotoName name, Optional<Lookup> found, GetOptions options, int tries) {
    if (found.isEmpty()) {
      return Future.failedFuture(needles.notFound(name));
    }
    Lookup current = found.get();
    return !current.tombstone() && current.location().length() <= WHOLE
        ? readWhole(name, current, options, tries)
        : readLarge(name, current, options);
  }

  /** One disk read for a small photo; a name that only has the same hash takes the long way. */
  private Future<Photo> readWhole(PhotoName name, Lookup lookup, GetOptions options, int tries) {
    ReadyPhoto ready = memory.find(name, lookup.location());
    if (ready != null) {
      return Future.succeededFuture(photo(ready, options));
    }
    return reads
        .run(() -> memory.read(lookup.location()))
        .compose(
            read -> {
              if (read.info().name().equals(name)) {
                return Future.succeededFuture(photo(read, options));
              }
              read.release();
              return readLarge(name, lookup, options);
            },
            failure -> {
              if (tries > 0 && needles.gone(lookup.location(), failure)) {
                return index
                    .lookupAgain(name)
                    .compose(
                        found ->
                            read(
                                name,
                                found,
                                options,
                                found.equals(Optional.of(lookup)) ? 0 : tries - 1));
              }
              volumes.nameDamaged(lookup.location(), name, lookup.version());
              return Future.failedFuture(failure);
            });
  }

  /** Copies, since who gets this may let it go without a word. */
  private static Photo photo(ReadyPhoto ready, GetOptions options) {
    try {
      ByteRange range = range(options, ready.info().size());
      return Photo.of(ready.info(), range, Buffer.buffer(ready.copy(range)));
    } finally {
      ready.release();
    }
  }

  private Future<Photo> readLarge(PhotoName name, Lookup lookup, GetOptions options) {
    return needles
        .open(name, lookup)
        .compose(
            current ->
                current.photo() && current.reader().isPresent()
                    ? readPieces(name, current, current.reader().get(), options)
                    : Future.failedFuture(
                        refusal(name, current).orElseGet(() -> current.damage().orElseThrow())));
  }

  private Future<Photo> readPieces(
      PhotoName name, CurrentNeedle current, NeedleReader reader, GetOptions options) {
    PhotoInfo info = CurrentNeedle.info(name, reader);
    ByteRange range = range(options, info.size());
    Location location = current.location().orElseThrow();
    MovingPieces<Location> pieces =
        new MovingPieces<>(
            reads, source(location, reader), needles::gone, () -> sameAgain(name, info));
    Future<Void> checked =
        current.damage().isEmpty()
            ? Future.succeededFuture()
            : reads.run(() -> verify(location, reader, range));
    return checked.compose(
        sound -> {
          if (range.length() > NeedleStream.PIECE) {
            NeedleStream body = new NeedleStream(vertx.getOrCreateContext(), pieces, range);
            return Future.succeededFuture(new Photo(info, range, body));
          }
          return pieces
              .read(range.offset(), (int) range.length())
              .map(
                  data ->
                      Photo.of(info, range, BufferInternal.buffer(Unpooled.wrappedBuffer(data))));
        });
  }

  /**
   * Before the first byte is sent of what was damaged once, so that a peer can be asked instead.
   */
  private Void verify(Location location, NeedleReader reader, ByteRange range) {
    for (long at = range.offset(); at < range.end(); at += NeedleStream.PIECE) {
      reader.readBlocks(at, (int) Math.min(NeedleStream.PIECE, range.end() - at));
    }
    if (range.length() == reader.size()) {
      volumes.recheck(location);
    }
    return null;
  }

  private static MovingPieces.Source<Location> source(Location location, NeedleReader reader) {
    return new MovingPieces.Source<>(location, reader::readBlocks);
  }

  /** Where the photo that is being read is now. */
  private Future<MovingPieces.Source<Location>> sameAgain(PhotoName name, PhotoInfo info) {
    return needles
        .findAgain(name)
        .compose(
            found ->
                found
                    .reader()
                    .filter(reader -> CurrentNeedle.info(name, reader).equals(info))
                    .map(reader -> Future.succeededFuture(source(found.location().get(), reader)))
                    .orElseGet(
                        () ->
                            Future.failedFuture(
                                new BackpackException(
                                    ErrorCode.MISSING,
                                    "the photo was replaced or deleted while it was read"))));
  }

  private static ByteRange range(GetOptions options, long size) {
    Optional<ByteRange> wanted = options.range().map(range -> range.resolve(size));
    return wanted.orElse(ByteRange.all(size));
  }

  Future<PhotoInfo> stat(PhotoName name) {
    return needles
        .find(name)
        .compose(
            current -> {
              Optional<BackpackException> refusal =
                  refusal(name, current).or(() -> current.damage().map(why -> missing(current)));
              return refusal.isPresent()
                  ? Future.failedFuture(refusal.get())
                  : Future.succeededFuture(
                      CurrentNeedle.info(name, current.reader().orElseThrow()));
            });
  }

  /** Why there is no photo to read. */
  private Optional<BackpackException> refusal(PhotoName name, CurrentNeedle current) {
    if (!current.known()) {
      return Optional.of(needles.notFound(name));
    }
    return current.tombstone()
        ? Optional.of(
            new BackpackException(ErrorCode.DELETED, "the photo was deleted", current.version()))
        : Optional.empty();
  }

  /** What is said of a damaged photo to who asks whether it is there. */
  static BackpackException missing(CurrentNeedle current) {
    return new BackpackException(
        ErrorCode.MISSING,
        "a photo is stored under this name, and damaged: it waits for repair from a peer",
        current.version());
  }
}
