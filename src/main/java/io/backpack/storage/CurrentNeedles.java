package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.index.Lookup;
import io.backpack.index.RedisIndex;
import io.backpack.volume.NeedleReader;
import io.backpack.volume.VolumeSet;
import io.vertx.core.Future;
import java.util.Optional;

/**
 * Finds the current needle of a name: asks the index, then makes sure in the needle itself that it
 * is of this name, since the index knows names by a hash only.
 */
final class CurrentNeedles {
  private final RedisIndex index;
  private final VolumeSet volumes;
  private final DiskReads reads;

  CurrentNeedles(RedisIndex index, VolumeSet volumes, DiskReads reads) {
    this.index = index;
    this.volumes = volumes;
    this.reads = reads;
  }

  /** Opens the head of the current needle; the data is not read. */
  Future<CurrentNeedle> find(PhotoName name) {
    return index
        .lookup(name)
        .compose(
            found ->
                found.isEmpty()
                    ? Future.succeededFuture(CurrentNeedle.absent(false))
                    : open(name, found.get()));
  }

  /** The same for one who has asked the index already. */
  Future<CurrentNeedle> open(PhotoName name, Lookup lookup) {
    return open(name, lookup, false);
  }

  private Future<CurrentNeedle> open(PhotoName name, Lookup lookup, boolean collided) {
    return reads
        .run(() -> volumes.openNeedle(lookup.location()))
        .compose(
            needle -> {
              if (needle.name().equals(name)) {
                return Future.succeededFuture(current(lookup, collided, needle));
              }
              return collided
                  ? Future.succeededFuture(damaged(lookup, true, foreignName()))
                  : findCollided(name);
            },
            failure -> {
              BackpackException why = BackpackException.of(failure);
              return why.code() == ErrorCode.DAMAGED || why.code() == ErrorCode.MISSING
                  ? Future.succeededFuture(damaged(lookup, collided, why))
                  : Future.failedFuture(why);
            });
  }

  private Future<CurrentNeedle> findCollided(PhotoName name) {
    return index
        .lookupCollided(name)
        .compose(
            found ->
                found.isEmpty()
                    ? Future.succeededFuture(CurrentNeedle.absent(true))
                    : open(name, found.get(), true));
  }

  private static CurrentNeedle current(Lookup lookup, boolean collided, NeedleReader needle) {
    return new CurrentNeedle(
        Optional.of(lookup.location()),
        lookup.version(),
        lookup.tombstone(),
        lookup.generation(),
        collided,
        lookup.tombstone() ? Optional.empty() : Optional.of(needle),
        Optional.empty());
  }

  /** The head is unreadable, so the hash is all that vouches for the name: 64 bits are enough. */
  private static CurrentNeedle damaged(Lookup lookup, boolean collided, BackpackException why) {
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
}
