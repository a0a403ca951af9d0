package io.backpack.index;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Held;
import io.backpack.api.HeldSums;
import io.backpack.api.PhotoName;
import io.backpack.redis.RedisLink;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.internal.ContextInternal;
import io.vertx.redis.client.Response;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongPredicate;
import java.util.function.Supplier;

/**
 * What the index has, by slots of names and by hashes, for who compares it with that of another
 * node. All methods may be called on any thread and none blocks; futures complete on the caller's
 * context when it has one. Each fails with {@link ErrorCode#INDEX_UNAVAILABLE} unless the index
 * knows everything that the volumes tell.
 */
public final class HeldIndex {
  /** Hashes of one call of {@link #find} at the most. */
  public static final int MAX_HASHES = 512;

  /** Entries that one call of a script gives: Redis answers nobody else for a few milliseconds. */
  private static final int ENTRIES_A_CALL = 8192;

  private final RedisLink link;
  private final Keyspace keyspace;
  private final NameHash hash;
  private final Supplier<Session> current;

  HeldIndex(RedisLink link, Keyspace keyspace, NameHash hash, Supplier<Session> current) {
    this.link = link;
    this.keyspace = keyspace;
    this.hash = hash;
    this.current = current;
  }

  /** The hash of a name, the same on every node. */
  public long hash(PhotoName name) {
    return hash.of(name);
  }

  /** The sums over all entries, as of one moment. */
  public Future<HeldSums> sums() {
    return ready(session -> keyspace.sums(link, session.epoch()).map(HeldSums::of));
  }

  /** All entries of some slots; those of one slot as of one moment. */
  public Future<List<IndexEntry>> list(Collection<Integer> slots) {
    List<Integer> all = List.copyOf(slots);
    return ready(session -> list(session, all, 0, new ArrayList<>()));
  }

  private Future<List<IndexEntry>> list(
      Session session, List<Integer> slots, int first, List<IndexEntry> found) {
    if (first >= slots.size()) {
      return Future.succeededFuture(found);
    }
    int end = Math.min(slots.size(), first + slotsOfOneCall(session.shape()));
    List<Integer> some = slots.subList(first, end);
    Set<Integer> wanted = new HashSet<>(some);
    return keyspace
        .slots(link, session.epoch(), some)
        .compose(
            answer -> {
              read(answer, each -> wanted.contains(Held.slot(each)), found);
              return list(session, slots, end, found);
            });
  }

  private static int slotsOfOneCall(Keyspace.Shape shape) {
    long entries = Math.max(1, (shape.count() + Held.SLOTS - 1) / Held.SLOTS);
    // Of few buckets each has many slots, and is given whole.
    entries = Math.max(entries, shape.count() / shape.buckets());
    return (int) Math.max(1, ENTRIES_A_CALL / entries);
  }

  /**
   * What stands under some hashes; one that several names have may give several.
   *
   * @param hashes at most {@link #MAX_HASHES}
   */
  public Future<List<IndexEntry>> find(Collection<Long> hashes) {
    Set<Long> wanted = Set.copyOf(hashes);
    ByteBuffer bytes = ByteBuffer.allocate(wanted.size() * Long.BYTES);
    wanted.forEach(bytes::putLong);
    return ready(
        session ->
            keyspace
                .find(link, session.epoch(), bytes.array())
                .map(
                    answer -> {
                      List<IndexEntry> found = new ArrayList<>();
                      read(answer, wanted::contains, found);
                      return found;
                    }));
  }

  /**
   * Volumes that the index has been told of, also those that are gone for good: entries may point
   * to them.
   */
  public Set<Integer> volumes() {
    Session session = current.get();
    return session == null ? Set.of() : Set.copyOf(session.checkpoints().keySet());
  }

  /**
   * Whether the index was made past needles of which nothing is known, see {@link
   * RedisIndex#hasHoles()}.
   */
  public Future<Boolean> hasHoles() {
    return ready(session -> Future.succeededFuture(!session.holes().isEmpty()));
  }

  private void read(Response answer, LongPredicate wanted, List<IndexEntry> found) {
    Response names = answer.get(1);
    for (int i = 0; i + 1 < names.size(); i += 2) {
      PhotoName name = PhotoName.of(names.get(i).toBytes());
      long each = hash.of(name);
      if (wanted.test(each)) {
        Lookup lookup = IndexValue.read(names.get(i + 1).toBytes());
        found.add(new IndexEntry(each, Optional.of(name), lookup));
      }
    }
    byte[] value = new byte[IndexValue.BYTES];
    for (int i = 2; i < answer.size(); i++) {
      ByteBuffer entries = ByteBuffer.wrap(answer.get(i).toBytes());
      if (entries.remaining() % (Long.BYTES + IndexValue.BYTES) != 0) {
        throw new BackpackException(
            ErrorCode.INDEX_UNAVAILABLE, "the index holds a value that is none of ours");
      }
      while (entries.hasRemaining()) {
        long each = entries.getLong();
        entries.get(value);
        if (wanted.test(each)) {
          found.add(new IndexEntry(each, Optional.empty(), IndexValue.read(value)));
        }
      }
    }
  }

  private <T> Future<T> ready(Function<Session, Future<T>> call) {
    Session session = current.get();
    if (session == null || !session.ready()) {
      return Future.failedFuture(Lookups.unknown(session));
    }
    ContextInternal context = ContextInternal.current();
    Promise<T> promise = context == null ? Promise.promise() : context.promise();
    call.apply(session)
        .recover(failure -> Future.failedFuture(Applier.unavailable(failure)))
        .onComplete(promise);
    return promise.future();
  }
}
