package io.backpack.testing;

import io.backpack.api.BackpackException;
import io.backpack.api.ByteRange;
import io.backpack.api.Checksum;
import io.backpack.api.ContentTypes;
import io.backpack.api.DeleteOptions;
import io.backpack.api.Deletion;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.HeldName;
import io.backpack.api.ImageInfo;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Streams;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.api.VersionClock;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.zip.CRC32C;

/**
 * A store in a map with the semantics of a node, for tests of what stands in front of one. Its
 * {@link #fail} makes every call fail.
 */
public final class InMemoryPhotoStore implements PhotoStore {
  private record Entry(Version version, PhotoInfo info, Buffer bytes) {
    boolean tombstone() {
      return info == null;
    }
  }

  private final Map<PhotoName, Entry> entries = new ConcurrentHashMap<>();
  private final VersionClock clock;
  private final long maxSize;
  private volatile Optional<BackpackException> failure = Optional.empty();

  public InMemoryPhotoStore(int stamper, long maxSize) {
    this.clock = new VersionClock(stamper);
    this.maxSize = maxSize;
  }

  /** Makes every later call fail with this. */
  public void fail(BackpackException with) {
    failure = Optional.of(with);
  }

  /** Ends {@link #fail}. */
  public void heal() {
    failure = Optional.empty();
  }

  /** Forgets everything, tombstones too. */
  public void clear() {
    entries.clear();
  }

  /** Everything that stands in it. */
  public List<HeldName> all() {
    return entries.entrySet().stream()
        .map(
            each ->
                new HeldName(each.getKey(), each.getValue().version, each.getValue().tombstone()))
        .toList();
  }

  @Override
  public Future<StoredPhoto> put(PhotoAddress address, PutOptions options, Upload upload) {
    if (failure.isPresent()) {
      return Future.failedFuture(failure.get());
    }
    if (upload.length() > maxSize) {
      return fail(ErrorCode.TOO_LARGE, "at most " + maxSize);
    }
    return Streams.collect(upload.stream(), maxSize)
        .compose(bytes -> store(address.name(), options, bytes));
  }

  private synchronized Future<StoredPhoto> store(PhotoName name, PutOptions options, Buffer bytes) {
    if (bytes.length() == 0) {
      return fail(ErrorCode.EMPTY_BODY, "a photo has at least one byte");
    }
    for (Checksum checksum : options.checksums()) {
      if (!checksum.equals(sum(checksum.algorithm(), bytes))) {
        return fail(ErrorCode.CHECKSUM_MISMATCH, "not the bytes that were sent");
      }
    }
    Entry old = entries.get(name);
    boolean stored = old != null && !old.tombstone();
    if (options.ifAbsent() && stored) {
      return Future.failedFuture(
          new BackpackException(ErrorCode.PRECONDITION_FAILED, "stored", old.version));
    }
    if (stored && old.bytes.equals(bytes) && !options.replica()) {
      return Future.succeededFuture(new StoredPhoto("", old.info, true));
    }
    Version version = options.version().orElseGet(() -> after(old));
    if (old != null && old.version.equals(version) && stored && old.bytes.equals(bytes)) {
      return Future.succeededFuture(new StoredPhoto("", old.info, true));
    }
    if (old != null && !version.isAfter(old.version)) {
      return Future.failedFuture(
          new BackpackException(ErrorCode.OLDER_VERSION, "older", old.version));
    }
    if (stored && !options.replica()) {
      return Future.failedFuture(
          new BackpackException(ErrorCode.EXISTS, "other bytes are stored", old.version));
    }
    String type = ContentTypes.decide(options.contentType(), name, bytes);
    Optional<ImageInfo> image = ImageInfo.read(ByteBuffer.wrap(bytes.getBytes()));
    PhotoInfo info = new PhotoInfo(name, bytes.length(), crc(bytes), version, type, image);
    entries.put(name, new Entry(version, info, bytes.copy()));
    Optional<Version> replaced =
        old != null && old.tombstone() ? Optional.of(old.version) : Optional.empty();
    return Future.succeededFuture(new StoredPhoto("", info, false, replaced));
  }

  private static int crc(Buffer bytes) {
    CRC32C crc = new CRC32C();
    crc.update(bytes.getBytes());
    return (int) crc.getValue();
  }

  private static Checksum sum(Checksum.Algorithm algorithm, Buffer bytes) {
    if (algorithm == Checksum.Algorithm.CRC32C) {
      return new Checksum(algorithm, HexFormat.of().toHexDigits(crc(bytes)));
    }
    String name = algorithm == Checksum.Algorithm.MD5 ? "MD5" : "SHA-256";
    try {
      return Checksum.of(algorithm, MessageDigest.getInstance(name).digest(bytes.getBytes()));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public Future<Photo> get(PhotoAddress address, GetOptions options) {
    return entry(address)
        .map(
            entry -> {
              ByteRange range =
                  options
                      .range()
                      .map(wanted -> wanted.resolve(entry.info.size()))
                      .orElse(ByteRange.all(entry.info.size()));
              return Photo.of(
                  entry.info,
                  range,
                  entry.bytes.getBuffer((int) range.offset(), (int) range.end()));
            });
  }

  @Override
  public Future<PhotoInfo> stat(PhotoAddress address, Trace trace) {
    return entry(address).map(Entry::info);
  }

  private Future<Entry> entry(PhotoAddress address) {
    if (failure.isPresent()) {
      return Future.failedFuture(failure.get());
    }
    Entry entry = entries.get(address.name());
    if (entry == null) {
      return fail(ErrorCode.NOT_FOUND, "no photo of this name");
    }
    if (entry.tombstone()) {
      return Future.failedFuture(
          new BackpackException(ErrorCode.DELETED, "deleted", entry.version));
    }
    return Future.succeededFuture(entry);
  }

  @Override
  public synchronized Future<Deletion> delete(PhotoAddress address, DeleteOptions options) {
    if (failure.isPresent()) {
      return Future.failedFuture(failure.get());
    }
    Entry old = entries.get(address.name());
    if (options.version().isEmpty() && old == null) {
      return fail(ErrorCode.NOT_FOUND, "no photo of this name");
    }
    if (options.version().isEmpty() && old.tombstone()) {
      return Future.failedFuture(new BackpackException(ErrorCode.DELETED, "deleted", old.version));
    }
    Version version = options.version().orElseGet(() -> after(old));
    if (old != null && old.version.isAfter(version)) {
      return Future.failedFuture(
          new BackpackException(ErrorCode.OLDER_VERSION, "older", old.version));
    }
    entries.put(address.name(), new Entry(version, null, null));
    return Future.succeededFuture(new Deletion(version));
  }

  private Version after(Entry old) {
    return clock.nextAfter(old == null ? Version.NONE : old.version);
  }

  private static <T> Future<T> fail(ErrorCode code, String message) {
    return Future.failedFuture(new BackpackException(code, message));
  }
}
