package io.backpack.storage;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.Policy;
import io.backpack.http.ReadyPhoto;
import io.backpack.volume.Location;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.internal.OutOfDirectMemoryError;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Photos that were read and verified, in memory outside the heap. Safe for use by any thread.
 *
 * <p>The key is the place of the needle, not the name: no place is ever used twice and a needle
 * never changes, so nothing in here can be out of date and nothing has to be taken out. What is
 * current under a name the index says before; whether the photo has that name the caller looks up
 * in it.
 *
 * <p>What is asked for often stays, also while a scan passes through (W-TinyLFU). The memory is an
 * allocator's of its own, and photos leave a third of it free, which is what lies broken between
 * them; near the bound nothing is kept that could need a further chunk. Should it be broken up so
 * much that it needs one all the same, the cache begins anew, empty.
 */
final class PhotoCache implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(PhotoCache.class);

  /** The part of the bound that photos may fill; the rest is what lies broken between them. */
  private static final double FILLED = 0.65;

  /** The part of the chunks in use from which on they may have no room for a photo. */
  private static final double CROWDED = 0.7;

  /** Heap that a photo takes: entry, place, name, headers. */
  private static final int HEAP_PER_PHOTO = 1024;

  /** So many of the largest photos fit into a chunk: fewer break it up for each other. */
  private static final int IN_CHUNK = 16;

  private static final int PAGE = 8192;
  private static final int MAX_CHUNK_ORDER = 11;
  private static final int CHUNKS = 16;

  private final long bound;
  private final int largest;
  private final long chunk;
  private final PooledByteBufAllocator memory;
  private final Cache<Location, Entry> photos;
  private final Policy.Eviction<Location, Entry> eviction;
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();
  private volatile boolean closed;

  private record Entry(ReadyPhoto photo, int weight) {}

  /**
   * @param bound bytes that its photos may take outside the heap, and with what they take of it; 0
   *     for a cache that is always empty
   */
  PhotoCache(long bound) {
    this.bound = bound;
    int order = 0;
    while (order < MAX_CHUNK_ORDER && (long) PAGE << order + 1 <= bound / CHUNKS) {
      order++;
    }
    this.chunk = (long) PAGE << order;
    this.largest = (int) Math.min(chunk, bound / CHUNKS) / IN_CHUNK;
    this.memory = new PooledByteBufAllocator(true, 0, 1, PAGE, order, 0, 0, false);
    this.photos =
        Caffeine.newBuilder()
            .maximumWeight((long) (bound * FILLED))
            .weigher((Location place, Entry entry) -> entry.weight)
            // Small steps, and memory is free again when the call returns.
            .executor(Runnable::run)
            .removalListener((place, entry, cause) -> entry.photo.release())
            .build();
    this.eviction = photos.policy().eviction().orElseThrow();
  }

  /** Whether a needle of this length may be kept. */
  boolean takes(long length) {
    return length <= largest;
  }

  /**
   * The photo whose needle lies here.
   *
   * @return one that the caller uses and releases; null when it is not here
   */
  ReadyPhoto get(Location place) {
    Entry entry = photos.getIfPresent(place);
    if (entry != null && entry.photo.retain()) {
      hits.increment();
      return entry.photo;
    }
    misses.increment();
    return null;
  }

  /**
   * Memory of the cache to read a needle into.
   *
   * @return null when there is none for it now; the caller releases it
   */
  ByteBuf memory(long length) {
    if (!takes(length) || closed) {
      return null;
    }
    long reserved = reserved();
    if (reserved + chunk > bound && pinned() + length > reserved * CROWDED) {
      return null;
    }
    try {
      ByteBuf buffer = memory.directBuffer((int) length);
      if (reserved() <= bound) {
        return buffer;
      }
      buffer.release();
      photos.invalidateAll();
      return null;
    } catch (OutOfDirectMemoryError e) {
      LOG.warn("no memory for the photo cache: {}", e.getMessage());
      return null;
    }
  }

  /**
   * Keeps a photo.
   *
   * @param photo in use by the caller, its bytes in {@code memory}
   * @param memory as {@link #memory(long)} gave it
   */
  void put(Location place, ReadyPhoto photo, ByteBuf memory) {
    if (!closed && photo.retain()) {
      int block = memory.writerIndex() + memory.maxFastWritableBytes();
      photos.put(place, new Entry(photo, block + HEAP_PER_PHOTO));
      if (closed) { // Since it was asked above: the one who closes may have missed it.
        photos.invalidate(place);
      }
    }
  }

  long hits() {
    return hits.sum();
  }

  long misses() {
    return misses.sum();
  }

  long count() {
    return photos.estimatedSize();
  }

  /** What the photos take, with their share of the heap. */
  long bytes() {
    return eviction.weightedSize().orElse(0);
  }

  /** What was taken of the system; at most the bound. */
  long reserved() {
    return memory.metric().usedDirectMemory();
  }

  long bound() {
    return bound;
  }

  /** What is in use of it, by photos that are kept or on their way out. */
  long pinned() {
    return memory.pinnedDirectMemory();
  }

  /** Lets the maintenance that is due happen now; for tests. */
  void settle() {
    photos.cleanUp();
  }

  @Override
  public void close() {
    closed = true;
    photos.invalidateAll();
    photos.cleanUp();
  }
}
