package io.backpack.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ByteRange;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.backpack.http.ReadyPhoto;
import io.backpack.volume.Location;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

class PhotoCacheTest {
  private static final long BOUND = 16L << 20;

  /** Places, each with a length and with bytes of its own. */
  private static Location place(int number) {
    int length = 8 * (1 + new Random(number).nextInt(8000));
    return new Location(1, 8L * number, length);
  }

  /** Puts what lies in a place; false when there was no memory for it. */
  private static boolean read(PhotoCache cache, int number) {
    Location place = place(number);
    ByteBuf memory = cache.memory(place.length());
    if (memory == null) {
      return false;
    }
    memory.setIndex(0, 0);
    while (memory.writerIndex() < place.length()) {
      memory.writeInt(number).writeInt(number);
    }
    PhotoInfo info =
        new PhotoInfo(PhotoName.of("n" + number), place.length(), 0, new Version(1), "image/png");
    ReadyPhoto photo = new ReadyPhoto(info, memory);
    cache.put(place, photo, memory);
    photo.release();
    return true;
  }

  private static void assertBytes(int number, ByteBuf bytes) {
    for (int at = 0; at < bytes.readableBytes(); at += 4) {
      assertEquals(number, bytes.getInt(bytes.readerIndex() + at));
    }
  }

  @Test
  void memoryThatIsBrokenUpIsGivenBack() {
    int small = 8 << 10;
    int large = 64 << 10;
    try (PhotoCache cache = new PhotoCache(BOUND)) {
      List<ByteBuf> every = new ArrayList<>();
      for (ByteBuf next = cache.memory(small); next != null; next = cache.memory(small)) {
        every.add(next);
      }
      for (int i = 0; i < every.size(); i++) {
        if (i % 2 == 0) {
          put(cache, new Location(1, 8L * i, small), every.get(i));
        } else {
          every.get(i).release();
        }
      }
      int kept = 0;
      for (int i = 0; i < 1000; i++) {
        ByteBuf memory = cache.memory(large);
        if (memory != null) {
          put(cache, new Location(2, 8L * i, large), memory);
          kept++;
        }
        assertTrue(cache.reserved() <= BOUND + (1 << 20), i + ": " + cache.reserved());
      }
      assertTrue(kept > 900, kept + " of 1000");
    }
  }

  /** Fills the memory and puts it as a photo. */
  private static void put(PhotoCache cache, Location place, ByteBuf memory) {
    memory.setIndex(0, memory.capacity());
    PhotoInfo info =
        new PhotoInfo(PhotoName.of("n"), place.length(), 0, new Version(1), "image/png");
    ReadyPhoto photo = new ReadyPhoto(info, memory);
    cache.put(place, photo, memory);
    photo.release();
  }

  @Test
  void itNeverTakesMoreThanItsBoundAndUsesMostOfIt() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    try (PhotoCache cache = new PhotoCache(BOUND)) {
      int kept = 0;
      for (int i = 0; i < 20_000; i++) {
        int number = i / 4 + (int) Math.abs(random.nextGaussian() * 600);
        ReadyPhoto found = cache.get(place(number));
        if (found != null) {
          found.release();
        } else {
          kept += read(cache, number) ? 1 : 0;
        }
        assertTrue(cache.reserved() <= BOUND, "seed " + seed + ": " + cache.reserved());
      }
      cache.settle();
      assertTrue(cache.bytes() <= BOUND, "seed " + seed + ": " + cache.bytes());
      assertTrue(cache.bytes() >= BOUND / 2, "seed " + seed + ": " + cache.bytes());
      assertTrue(kept > cache.count(), "seed " + seed + ": nothing was evicted");
      assertTrue(cache.hits() > 0 && cache.misses() > 0);
    }
  }

  /** What was evicted and is still being sent takes memory as well. */
  @Test
  void photosInUseCountAgainstTheBound() {
    List<ReadyPhoto> inUse = new ArrayList<>();
    try (PhotoCache cache = new PhotoCache(BOUND)) {
      int refused = 0;
      for (int i = 0; i < 2_000; i++) {
        refused += read(cache, i) ? 0 : 1;
        ReadyPhoto found = cache.get(place(i));
        if (found != null) {
          inUse.add(found);
        }
        assertTrue(cache.reserved() <= BOUND, i + " photos: " + cache.reserved());
      }
      assertTrue(refused > 0);
      inUse.forEach(ReadyPhoto::release);
    }
  }

  /** Between two reads of an often read photo more is read once than the cache can hold. */
  @Test
  void whatIsReadOnceDoesNotPushOutWhatIsReadOften() {
    try (PhotoCache cache = new PhotoCache(BOUND)) {
      int often = 100;
      int asked = 0;
      int there = 0;
      for (int i = 0; i < 12_000; i++) {
        read(cache, 1000 + i);
        if (i % 8 == 0) {
          int number = i / 8 % often;
          ReadyPhoto found = cache.get(place(number));
          asked++;
          if (found == null) {
            read(cache, number);
          } else {
            there += i > 6_000 ? 1 : 0;
            found.release();
          }
        }
      }
      assertTrue(there > asked / 4, there + " of the last " + asked / 2 + " were there");
    }
  }

  @Test
  void largePhotosAndACacheOfNothingAreLeftOut() {
    try (PhotoCache cache = new PhotoCache(BOUND);
        PhotoCache none = new PhotoCache(0)) {
      ByteBuf largest = cache.memory(BOUND / 256);
      assertNotNull(largest);
      largest.release();
      assertNull(cache.memory(BOUND / 64 + 1));
      assertFalse(none.takes(1));
      assertNull(none.memory(1));
      assertNull(none.get(place(1)));
    }
  }

  @Test
  void aPhotoIsFreedWithItsLastUserAndNotBefore() {
    ByteBuf data = Unpooled.directBuffer(8).writeLong(7);
    ReadyPhoto photo =
        new ReadyPhoto(new PhotoInfo(PhotoName.of("a"), 8, 0, new Version(1), "image/png"), data);
    assertTrue(photo.retain());
    photo.release();
    ByteBuf sent = photo.bytes(new ByteRange(2, 6));
    photo.release();
    assertFalse(photo.retain());
    assertEquals(1, data.refCnt());
    assertEquals(6, sent.readableBytes());
    sent.release();
    assertEquals(0, data.refCnt());
    assertThrows(IllegalStateException.class, photo::release);
  }

  @Test
  void readersAndEvictionsInManyThreadsNeverMeetFreedMemory() throws Exception {
    long seed = System.nanoTime();
    PhotoCache cache = new PhotoCache(2L << 20);
    ExecutorService threads = Executors.newFixedThreadPool(8);
    List<Future<?>> readers = new ArrayList<>();
    for (int thread = 0; thread < 8; thread++) {
      Random random = new Random(seed + thread);
      readers.add(
          threads.submit(
              () -> {
                List<Object[]> sending = new ArrayList<>();
                for (int i = 0; i < 15_000; i++) {
                  int number = random.nextInt(1 + random.nextInt(1000));
                  ReadyPhoto found = cache.get(place(number));
                  if (found == null) {
                    read(cache, number);
                    continue;
                  }
                  sending.add(
                      new Object[] {number, found.bytes(ByteRange.all(found.info().size()))});
                  found.release();
                  if (sending.size() > 8) {
                    Object[] sent = sending.remove(random.nextInt(sending.size()));
                    assertBytes((int) sent[0], (ByteBuf) sent[1]);
                    ((ByteBuf) sent[1]).release();
                  }
                }
                sending.forEach(each -> ((ByteBuf) each[1]).release());
                return null;
              }));
    }
    for (Future<?> reader : readers) {
      reader.get(60, TimeUnit.SECONDS);
    }
    threads.shutdown();
    assertTrue(cache.hits() > 1000, "seed " + seed + ": " + cache.hits());
    cache.close();
    Awaitility.await().until(() -> cache.pinned() == 0);
  }
}
