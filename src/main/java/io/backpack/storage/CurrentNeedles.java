package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.index.Lookup;
import io.backpack.index.RedisIndex;
import io.backpack.volume.Location;
import io.backpack.volume.NeedleReader;
import io.backpack.volume.VolumeSet;
import io.vertx.core.Future;
import java.util.Optional;
import java.util.function.LongFunction;

/**
 * Finds the current needle of a name: asks the index, then makes sure in the needle itself that it
 * is of this name, since the index knows names by a hash only. A compaction may move the needle in
 * between; it is then looked up again.
 */
final class CurrentNeedles {
  /** How often a needle that was moved meanwhile is looked for again. */
  static final int TRIES = 2;

  private final RedisIndex index;
  private final VolumeSet volumes;
  private final DiskReads reads;
  private final LongFunction<Optional<String>> doubt;

  /** For a node that is asked by nobody who could ask another one. */
  CurrentNeedles(RedisIndex index, VolumeSet volumes, DiskReads reads) {
    this(index, volumes, reads, hash -> Optional.empty());
  }

  /**
   * @param doubt why another node may have a photo that is not found here, by the hash of its name
   */
  CurrentNeedles(
      RedisIndex index, VolumeSet volumes, DiskReads reads, LongFunction<Optional<String>> doubt) {
    this.index = index;
    this.volumes = volumes;
    this.reads = reads;
    this.doubt = doubt;
  }

  /**
   * What is said of a name that was not found: 404 only by a node that lost nothing unknown, and
   * has all that its peers have.
   */
  BackpackException notFound(PhotoName name) {
    if (index.hasHoles()) {
      return new BackpackException(
          ErrorCode.MISSING,
          "not here, but this node has lost photos of which it does not know the names");
    }
    return doubt
        .apply(index.fieldHash(name))
        .map(
            why ->
                new BackpackException(
                    ErrorCode.MISSING, "not here, but another node may have it: " + why))
        .orElseGet(() -> new BackpackException(ErrorCode.NOT_FOUND, "no photo of this name"));
  }

  /** Opens the head of the current needle; the data is not read. */
  Future<CurrentNeedle> find(PhotoName name) {
    return index.lookup(name).compose(found -> open(name, found, false, TRIES));
  }

  /** The same for one who is about to write the name: Redis is not asked for most that are new. */
  Future<CurrentNeedle> findToWrite(PhotoName name) {
    return index.lookupToWrite(name).compose(found -> open(name, found, false, TRIES));
  }

  /** The same past what is cached, for one who found that the volume of the needle is gone. */
  Future<CurrentNeedle> findAgain(PhotoName name) {
    return index.lookupAgain(name).compose(found -> open(name, found, false, TRIES));
  }

  /** The same for one who has asked the index already. */
  Future<CurrentNeedle> open(PhotoName name, Lookup lookup) {
    return open(name, Optional.of(lookup), false, TRIES);
  }

  /**
   * Whether a read failed because the volume is not listed any more: what it held has been moved to
   * another one, or is not needed.
   */
  boolean gone(Location location, Throwable failure) {
    ErrorCode code = BackpackException.of(failure).code();
    return (code == ErrorCode.MISSING || code == ErrorCode.NOT_READY)
        && !volumes.lists(location.volume());
  }

  private Future<CurrentNeedle> open(
      PhotoName name, Optional<Lookup> found, boolean collided, int tries) {
    if (found.isEmpty()) {
      return Future.succeededFuture(CurrentNeedle.absent(collided));
    }
    Lookup lookup = found.get();
    return reads
        .run(() -> volumes.openNeedle(lookup.location()))
        .compose(
            needle -> {
              if (needle.name().equals(name)) {
                return Future.succeededFuture(current(lookup, collided, needle));
              }
              return collided
                  ? Future.succeededFuture(damaged(name, lookup, true, foreignName()))
                  : index.lookupCollided(name).compose(next -> open(name, next, true, TRIES));
            },
            failure -> notOpened(name, lookup, collided, tries, BackpackException.of(failure)));
  }

  private Future<CurrentNeedle> notOpened(
      PhotoName name, Lookup lookup, boolean collided, int tries, BackpackException why) {
    if (tries > 0 && gone(lookup.location(), why)) {
      return (collided ? index.lookupCollided(name) : index.lookupAgain(name))
          .compose(
              found ->
                  open(name, found, collided, found.equals(Optional.of(lookup)) ? 0 : tries - 1));
    }
    return why.code() == ErrorCode.DAMAGED || why.code() == ErrorCode.MISSING
        ? Future.succeededFuture(damaged(name, lookup, collided, why))
        : Future.failedFuture(why);
  }

  private CurrentNeedle current(Lookup lookup, boolean collided, NeedleReader needle) {
    return new CurrentNeedle(
        Optional.of(lookup.location()),
        lookup.version(),
        lookup.tombstone(),
        lookup.generation(),
        collided,
        lookup.tombstone() ? Optional.empty() : Optional.of(needle),
        volumes.damaged(lookup.location()) ? Optional.of(knownDamage()) : Optional.empty());
  }

  /** The head is unreadable, so the hash is all that vouches for the name: 64 bits are enough. */
  private CurrentNeedle damaged(
      PhotoName name, Lookup lookup, boolean collided, BackpackException why) {
    volumes.nameDamaged(lookup.location(), name, lookup.version());
    return new CurrentNeedle(
        Optional.of(lookup.location()),
        lookup.version(),
        lookup.tombstone(),
        lookup.generation(),
        collided,
        Optional.empty(),
        Optional.of(why));
  }

  private static BackpackException foreignName() {
    return new BackpackException(
        ErrorCode.DAMAGED,
        "the needle in this place is of another name, see the node's damage list");
  }

  private static BackpackException knownDamage() {
    return new BackpackException(ErrorCode.DAMAGED, "the stored bytes were found damaged");
  }
}
