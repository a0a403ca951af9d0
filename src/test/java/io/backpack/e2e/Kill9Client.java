package io.backpack.e2e;

import io.backpack.testing.Pictures;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * One client of {@link Kill9}: stores, replaces, deletes and reads photos of names that nobody else
 * uses, and remembers what it was told. Not safe for use by several threads.
 */
final class Kill9Client {
  private static final int[] SIZES = {1, 100, 3000, 4096, 8000, 20_000, 65_536, 65_537, 200_000};

  private static final long PATIENCE_NANOS = 30_000_000_000L;

  /** What was acknowledged of a name last, and what was asked for after that without an answer. */
  private static final class Photo {
    final String name;
    int round;

    /** Seed of the bytes; 0 for a delete. */
    long acknowledged;

    boolean known; // Anything was acknowledged at all.
    long unanswered;
    boolean inDoubt;

    Photo(String name) {
      this.name = name;
    }
  }

  private final String url;
  private final int id;
  private final Random random;
  private final List<Photo> photos = new ArrayList<>();
  private final List<Photo> usable = new ArrayList<>();
  private long operations;
  private long refused;
  private final List<String> losses = new ArrayList<>();

  Kill9Client(String url, int id, long seed) {
    this.url = url;
    this.id = id;
    this.random = new Random(seed * 31 + id);
  }

  /** Works until told to stop or until nobody answers. */
  void work(int round, BooleanSupplier stop) {
    while (!stop.getAsBoolean()) {
      try {
        step(round);
      } catch (UncheckedIOException killed) {
        return;
      }
    }
  }

  private void step(int round) {
    int what = random.nextInt(100);
    if (what < 35 || usable.isEmpty()) {
      Photo fresh = new Photo("c" + id + "/" + photos.size());
      photos.add(fresh);
      usable.add(fresh);
      put(fresh, round);
      return;
    }
    Photo photo = usable.get(random.nextInt(usable.size()));
    if (what < 75) {
      if (photo.acknowledged == 0 || what < 55) {
        put(photo, round);
      } else {
        delete(photo, round);
      }
    } else {
      check(photo, url + "/1:" + photo.name);
    }
  }

  private void put(Photo photo, int round) {
    long seed = random.nextLong() | 1;
    begin(photo, round, seed);
    answered(photo, seed, HttpPhotos.put(url + "/" + photo.name, bytes(seed)).statusCode(), 201);
  }

  private void delete(Photo photo, int round) {
    begin(photo, round, 0);
    answered(photo, 0, HttpPhotos.delete(url + "/1:" + photo.name).statusCode(), 204);
  }

  private void begin(Photo photo, int round, long seed) {
    photo.round = round;
    photo.unanswered = seed;
    photo.inDoubt = true;
    // Out of use unless it is answered: from then on either of two things may be true of it.
    usable.remove(photo);
  }

  private void answered(Photo photo, long seed, int status, int wanted) {
    operations++;
    if (status != wanted) {
      refused++;
      if (status < 500) {
        losses.add(photo.name + " was refused with " + status);
      }
      return;
    }
    photo.inDoubt = false;
    photo.known = true;
    photo.acknowledged = seed;
    usable.add(photo);
  }

  /** Checks every name of this round and of later ones, and so many of the others. */
  void checkSince(int round, int others) {
    for (Photo photo : photos) {
      if (photo.round >= round) {
        check(photo, url + "/1:" + photo.name);
      }
    }
    for (int i = 0; i < others && !photos.isEmpty(); i++) {
      Photo photo = photos.get(random.nextInt(photos.size()));
      check(photo, url + "/1:" + photo.name);
    }
  }

  /** Checks every name on one node. */
  void checkAllOn(String node) {
    photos.forEach(photo -> check(photo, node + "/" + photo.name));
  }

  private void check(Photo photo, String from) {
    operations++;
    HttpResponse<byte[]> answer = HttpPhotos.get(from);
    long patience = System.nanoTime() + PATIENCE_NANOS;
    while (answer.statusCode() == 503 && System.nanoTime() < patience) {
      // A node that still catches up does not know yet, and says so.
      LockSupport.parkNanos(100_000_000);
      answer = HttpPhotos.get(from);
    }
    if (!asAcknowledged(photo, answer) && !asUnanswered(photo, answer)) {
      losses.add(
          from
              + " answers "
              + answer.statusCode()
              + " with "
              + answer.body().length
              + " bytes, acknowledged: "
              + (photo.known ? photo.acknowledged : "nothing")
              + (photo.inDoubt ? ", then not answered: " + photo.unanswered : "")
              + ", round "
              + photo.round);
    }
  }

  private static boolean asAcknowledged(Photo photo, HttpResponse<byte[]> answer) {
    return is(photo.known ? photo.acknowledged : 0, answer);
  }

  private static boolean asUnanswered(Photo photo, HttpResponse<byte[]> answer) {
    return photo.inDoubt && is(photo.unanswered, answer);
  }

  private static boolean is(long seed, HttpResponse<byte[]> answer) {
    return seed == 0
        ? answer.statusCode() == 404 || answer.statusCode() == 410
        : answer.statusCode() == 200 && Arrays.equals(answer.body(), bytes(seed));
  }

  private static byte[] bytes(long seed) {
    Random random = new Random(seed);
    return Pictures.noise(random, SIZES[random.nextInt(SIZES.length)]);
  }

  long operations() {
    return operations;
  }

  /** Operations that were answered, but neither done nor promised. */
  long refused() {
    return refused;
  }

  int names() {
    return photos.size();
  }

  /** What was acknowledged and is not so. */
  List<String> losses() {
    return losses;
  }
}
