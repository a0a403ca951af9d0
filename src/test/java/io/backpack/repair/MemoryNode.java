package io.backpack.repair;

import static io.backpack.testing.Futures.await;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Held;
import io.backpack.api.HeldName;
import io.backpack.api.HeldSums;
import io.backpack.api.Holdings;
import io.backpack.api.Lost;
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
import io.backpack.testing.InMemoryPhotoStore;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** A node in a map that tells what it has, and can be made to be away or to have lost bytes. */
final class MemoryNode implements Holdings, PhotoStore {
  private final InMemoryPhotoStore store = new InMemoryPhotoStore(9, 1 << 20);
  final Set<PhotoName> unreadable = ConcurrentHashMap.newKeySet();
  final Set<PhotoName> known = ConcurrentHashMap.newKeySet();
  final AtomicInteger gets = new AtomicInteger();
  final AtomicInteger sums = new AtomicInteger();
  final AtomicInteger lists = new AtomicInteger();
  final AtomicInteger tombstones = new AtomicInteger();
  final AtomicInteger asked = new AtomicInteger();

  /** Answers so many reads of photos, then is away. */
  final AtomicInteger getsLeft = new AtomicInteger(Integer.MAX_VALUE);

  volatile Optional<ErrorCode> away = Optional.empty();

  /** Tombstones are told after this. */
  volatile Future<Void> gate = Future.succeededFuture();

  /** Photos are given after this. */
  volatile Future<Void> photoGate = Future.succeededFuture();

  /** So many questions for sums fail, as on a connection that broke. */
  final AtomicInteger brokenSums = new AtomicInteger();

  /** Why it takes no deletes. */
  volatile Optional<ErrorCode> refusesDeletes = Optional.empty();

  /** It does not know yet what it has lost. */
  volatile boolean searching;

  /** Names that it cannot read. */
  final Set<PhotoName> nameless = ConcurrentHashMap.newKeySet();

  /** It has lost more than it can name. */
  volatile boolean unnamed;

  /** Of a name; the same on every node. */
  static long hash(PhotoName name) {
    try {
      byte[] text = name.toString().getBytes(StandardCharsets.UTF_8);
      return ByteBuffer.wrap(MessageDigest.getInstance("SHA-256").digest(text)).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  RepairPeer peer() {
    return new RepairPeer(
        this,
        this,
        () -> {
          asked.incrementAndGet();
          return Future.succeededFuture();
        });
  }

  void put(String name, long version) {
    PutOptions options =
        PutOptions.DEFAULT.withContentType("image/jpeg").asReplica(new Version(version));
    Buffer bytes = Buffer.buffer(name + " in version " + version);
    await(store.put(address(name), options, Upload.of(bytes)));
  }

  void delete(String name, long version) {
    await(store.delete(address(name), DeleteOptions.at(new Version(version))));
  }

  /** The bytes of a photo are found damaged: it is not told any more, and not given. */
  void damage(String name) {
    unreadable.add(PhotoName.of(name));
    known.add(PhotoName.of(name));
  }

  private static PhotoAddress address(String name) {
    return PhotoAddress.of(PhotoName.of(name));
  }

  Set<HeldName> all() {
    return Set.copyOf(store.all());
  }

  private <T> Future<T> unlessAway(Supplier<Future<T>> answer) {
    return away.isPresent()
        ? Future.failedFuture(new BackpackException(away.get(), "made to fail"))
        : answer.get();
  }

  private List<Held> held() {
    return store.all().stream()
        .filter(each -> !known.contains(each.name()))
        .map(each -> new Held(hash(each.name()), each.version(), each.tombstone()))
        .toList();
  }

  @Override
  public Future<HeldSums> sums() {
    if (searching) {
      return Future.failedFuture(new BackpackException(ErrorCode.NOT_READY, "searching"));
    }
    if (brokenSums.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
      return Future.failedFuture(new BackpackException(ErrorCode.UNAVAILABLE, "reset"));
    }
    return rawSums();
  }

  /** With what is lost. */
  Future<HeldSums> rawSums() {
    sums.incrementAndGet();
    return unlessAway(() -> Future.succeededFuture(HeldSums.NONE.with(held())));
  }

  @Override
  public Future<List<Held>> list(List<Integer> slots) {
    lists.incrementAndGet();
    if (slots.isEmpty() || slots.size() > MAX_SLOTS) {
      throw new AssertionError(slots.size() + " slots");
    }
    return unlessAway(
        () ->
            Future.succeededFuture(
                held().stream().filter(each -> slots.contains(Held.slot(each.hash()))).toList()));
  }

  @Override
  public Future<List<Held>> tombstones(List<Integer> slots) {
    tombstones.incrementAndGet();
    if (slots.isEmpty() || slots.size() > MAX_SLOTS) {
      throw new AssertionError(slots.size() + " slots");
    }
    return gate.compose(
        open ->
            unlessAway(
                () ->
                    Future.succeededFuture(
                        held().stream()
                            .filter(Held::tombstone)
                            .filter(each -> slots.contains(Held.slot(each.hash())))
                            .toList())));
  }

  @Override
  public Future<List<HeldName>> names(List<Long> hashes) {
    if (hashes.isEmpty() || hashes.size() > MAX_NAMES) {
      throw new AssertionError(hashes.size() + " hashes");
    }
    return unlessAway(
        () ->
            Future.succeededFuture(
                store.all().stream()
                    .filter(each -> hashes.contains(hash(each.name())))
                    .filter(each -> !nameless.contains(each.name()))
                    .toList()));
  }

  @Override
  public Future<Lost> lost() {
    return unlessAway(
        () ->
            Future.succeededFuture(
                new Lost(
                    store.all().stream()
                        .filter(each -> known.contains(each.name()))
                        .map(each -> new Held(hash(each.name()), each.version(), each.tombstone()))
                        .toList(),
                    false,
                    unnamed)));
  }

  @Override
  public Future<Photo> get(PhotoAddress address, GetOptions options) {
    gets.incrementAndGet();
    if (getsLeft.getAndDecrement() <= 0) {
      away = Optional.of(ErrorCode.UNAVAILABLE);
    }
    return unlessAway(
        () ->
            unreadable.contains(address.name())
                ? Future.failedFuture(new BackpackException(ErrorCode.DAMAGED, "bad bytes"))
                : photoGate.compose(open -> store.get(address, options)));
  }

  @Override
  public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
    return unlessAway(
        () ->
            known.contains(address.name())
                ? Future.failedFuture(new BackpackException(ErrorCode.MISSING, "bad bytes"))
                : store.stat(address, trace));
  }

  /** A repair of damage is taken as a node does. */
  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
    return unlessAway(
        () ->
            store
                .put(address, options, upload)
                .map(
                    stored -> {
                      boolean repaired = known.remove(address.name());
                      unreadable.remove(address.name());
                      return repaired ? new StoredPhoto("", stored.info(), false) : stored;
                    }));
  }

  @Override
  public Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
    return refusesDeletes.isPresent()
        ? Future.failedFuture(new BackpackException(refusesDeletes.get(), "made to refuse"))
        : unlessAway(() -> store.delete(address, options));
  }
}
