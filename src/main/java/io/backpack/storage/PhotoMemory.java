package io.backpack.storage;

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
import java.nio.ByteBuffer;

/**
 * Photos that need no disk to be waited for: those in the photo cache. Bytes get into it once they
 * were verified and are then as good as any; so they are given out also when the needle on the disk
 * was found damaged later, but not to who asks whether the needle is sound.
 */
final class PhotoMemory implements ReadyPhotos {
  private final VolumeSet volumes;
  private final RedisIndex index;
  private final PhotoCache cache;

  PhotoMemory(VolumeSet volumes, RedisIndex index, PhotoCache cache) {
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

  /** The same for one who has asked the index already. */
  ReadyPhoto find(PhotoName name, Location place) {
    if (!cache.takes(place.length())) {
      return null;
    }
    ReadyPhoto photo = cache.get(place);
    if (photo != null && !photo.info().name().equals(name)) {
      photo.release();
      return null;
    }
    return photo;
  }

  /**
   * Reads a needle from the disk, verifies it, and keeps it if it is a photo for the cache. Blocks.
   *
   * @return a photo that the caller uses and releases, of this name or one with the same hash
   */
  ReadyPhoto read(Location place) {
    ByteBuf own = cache.memory(place.length());
    ByteBuf bytes =
        own != null
            ? own
            : PooledByteBufAllocator.DEFAULT.directBuffer(Math.toIntExact(place.length()));
    boolean done = false;
    try {
      StoredNeedle needle = volumes.read(place, length -> room(bytes, length));
      ReadyPhoto photo = photo(needle, bytes);
      done = true;
      if (own != null) {
        cache.put(place, photo, own);
      }
      return photo;
    } finally {
      if (!done) {
        bytes.release();
      }
    }
  }

  private static ByteBuffer room(ByteBuf bytes, int length) {
    return bytes.nioBuffer(0, length);
  }

  private static ReadyPhoto photo(StoredNeedle needle, ByteBuf bytes) {
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
