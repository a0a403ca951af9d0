package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.http.ReadyPhoto;
import io.backpack.http.ReadyPhotos;
import io.backpack.index.Lookup;
import io.backpack.index.RedisIndex;
import io.backpack.volume.Location;
import io.backpack.volume.StoredNeedle;
import io.backpack.volume.VolumeSet;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.OutOfDirectMemoryError;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.IntFunction;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Photos that need no disk to be waited for: those in the photo cache, and small ones whose needle
 * is in the page cache of the system; and small ones from the disk, for who waits. Bytes get into
 * the photo cache once they were verified and are then as good as any; so they are given out also
 * when the needle on the disk was found damaged later, but not to who asks whether the needle is
 * sound.
 */
final class PhotoMemory implements ReadyPhotos {
  /** Larger needles are copied out of the page cache elsewhere: event loops have more to do. */
  private static final long AT_ONCE = 256 << 10;

  private static final Logger LOG = LoggerFactory.getLogger(PhotoMemory.class);

  private final VolumeSet volumes;
  private final RedisIndex index;
  private final PhotoCache cache;
  private final DiskReads reads;

  PhotoMemory(VolumeSet volumes, RedisIndex index, PhotoCache cache, DiskReads reads) {
    this.reads = reads;
    this.volumes = volumes;
    this.index = index;
    this.cache = cache;
  }

  @Override
  public ReadyPhoto find(PhotoName name, boolean sound) {
    Lookup found = index.cached(name);
    if (found == null || found.tombstone() || sound && volumes.damaged(found.location())) {
      return null;
    }
    return find(name, found.location());
  }

  /** The same for one who has asked the index already and found a photo. */
  ReadyPhoto find(PhotoName name, Location place) {
    ReadyPhoto photo = cache.takes(place.length()) ? cache.get(place) : null;
    if (photo == null) {
      photo = place.length() <= AT_ONCE ? readNow(place) : null;
    }
    if (photo != null && !photo.info().name().equals(name)) {
      photo.release();
      return null;
    }
    return photo;
  }

  /** Larger ones are left to who reads them in pieces, or copies them to the heap. */
  @Override
  public boolean fetch(PhotoName name, boolean sound, Consumer<ReadyPhoto> then) {
    Lookup found = index.cached(name);
    if (found == null
        || found.tombstone()
        || found.location().length() > AT_ONCE
        || sound && volumes.damaged(found.location())) {
      return false;
    }
    return reads.tryRun(() -> then.accept(readFor(name, found.location())));
  }

  /** Failures are for those to tell who ask the store next; errors too, since somebody waits. */
  private ReadyPhoto readFor(PhotoName name, Location place) {
    ReadyPhoto photo;
    try {
      photo = read(place);
    } catch (Throwable failure) {
      LOG.debug("a read failed, and is tried again on the general way", failure);
      return null;
    }
    if (photo.info().name().equals(name)) {
      return photo;
    }
    photo.release();
    return null;
  }

  /** What the page cache has, verified; damage is for those to tell who wait for the disk. */
  private ReadyPhoto readNow(Location place) {
    try {
      return read(place, volumes::readNow);
    } catch (BackpackException | OutOfDirectMemoryError notNow) {
      return null;
    }
  }

  /**
   * Reads a needle from the disk, verifies it, and keeps it if it is a photo for the cache. Blocks.
   *
   * @return a photo that the caller uses and releases, of this name or one with the same hash
   * @throws BackpackException as {@link VolumeSet#read(Location)}
   */
  ReadyPhoto read(Location place) {
    return read(place, (where, room) -> Optional.of(volumes.read(where, room)));
  }

  /** A way to read a needle into memory that is given. */
  private interface Reader {
    Optional<StoredNeedle> read(Location place, IntFunction<ByteBuffer> room);
  }

  private ReadyPhoto read(Location place, Reader reader) {
    ByteBuf own = cache.memory(place.length());
    ByteBuf bytes =
        own != null
            ? own
            : PooledByteBufAllocator.DEFAULT.directBuffer(Math.toIntExact(place.length()));
    ReadyPhoto photo = null;
    try {
      Optional<StoredNeedle> needle = reader.read(place, length -> bytes.nioBuffer(0, length));
      if (needle.isPresent()) {
        photo = photo(needle.get(), bytes);
      }
    } finally {
      if (photo == null) {
        bytes.release();
      }
    }
    if (photo != null && own != null) {
      cache.put(place, photo, own);
    }
    return photo;
  }

  private static ReadyPhoto photo(StoredNeedle needle, ByteBuf bytes) {
    if (needle.tombstone()) {
      throw new BackpackException(
          ErrorCode.DAMAGED, "the index calls a photo what is the needle of a delete");
    }
    int size = needle.data().remaining();
    PhotoInfo info =
        new PhotoInfo(
            needle.name(),
            size,
            needle.crc32c(),
            needle.version(),
            needle.contentType(),
            needle.attributes().image());
    bytes.setIndex(needle.dataOffset(), needle.dataOffset() + size);
    return new ReadyPhoto(info, bytes);
  }
}
