package io.backpack.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;

/** Uploads at an even rate, some of which are followed until all nodes have them. */
final class Uploads {
  /** What was seen of the followed ones. */
  record Lags(List<Double> seconds, double rate) {}

  private record Followed(String name, long stored) {}

  private static final int UPLOADERS = 16;
  private static final int FOLLOWERS = 2;
  private static final int FOLLOW_EVERY = 8;
  private static final int BYTES = 12_288;
  private static final int PATIENCE_SECONDS = 60;

  private final Standalone cluster;
  private final byte[] pool;
  private final Photos photos = Photos.of("lag", 1 << 20, BYTES);

  Uploads(Standalone cluster) {
    this.cluster = cluster;
    this.pool = photos.pool();
  }

  /** Waits until no copy is missing any more. */
  void awaitEmptyQueue() throws IOException {
    try (Client client = new Client(cluster.port())) {
      Waiting.until("the queue is empty", 300, () -> queued(client) == 0);
    }
  }

  private static long queued(Client client) throws IOException {
    client.get("/_/stats");
    JsonObject stats = new JsonObject(client.text());
    return stats.getLong("queue_length", 0L);
  }

  Lags run(int round, double rate, int seconds) throws IOException {
    ExecutorService threads = Executors.newFixedThreadPool(UPLOADERS + FOLLOWERS);
    ConcurrentLinkedQueue<Followed> stored = new ConcurrentLinkedQueue<>();
    ConcurrentLinkedQueue<Double> lags = new ConcurrentLinkedQueue<>();
    AtomicBoolean over = new AtomicBoolean();
    AtomicLong number = new AtomicLong();
    long begun = System.nanoTime();
    long end = begun + TimeUnit.SECONDS.toNanos(seconds);
    try {
      List<Future<?>> uploading = new ArrayList<>();
      for (int i = 0; i < UPLOADERS; i++) {
        uploading.add(threads.submit(() -> upload(round, rate, begun, end, number, stored)));
      }
      List<Future<?>> following = new ArrayList<>();
      for (int i = 0; i < FOLLOWERS; i++) {
        following.add(threads.submit(() -> follow(stored, lags, over)));
      }
      finish(uploading);
      double took = (System.nanoTime() - begun) / 1e9;
      over.set(true);
      finish(following);
      return new Lags(List.copyOf(lags), number.get() / took);
    } finally {
      threads.shutdownNow();
    }
  }

  private static void finish(List<Future<?>> work) throws IOException {
    try {
      for (Future<?> each : work) {
        each.get();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (ExecutionException e) {
      throw new IOException(e.getCause().getMessage(), e);
    }
  }

  private void upload(
      int round,
      double rate,
      long begun,
      long end,
      AtomicLong number,
      ConcurrentLinkedQueue<Followed> stored) {
    try (Client client = new Client(cluster.port())) {
      while (true) {
        long i = number.getAndIncrement();
        long due = begun + (long) (i * 1e9 / rate);
        if (due >= end || System.nanoTime() >= end) {
          return;
        }
        for (long left = due - System.nanoTime(); left > 0; left = due - System.nanoTime()) {
          LockSupport.parkNanos(left);
        }
        String name = "lag-" + round + "-" + i + ".jpg";
        ByteBuffer photo = photos.data(pool, (int) (i % photos.count()));
        int status = client.put("/" + name, photo);
        if (status != 201) {
          throw new IOException("PUT said " + status + ": " + client.text());
        }
        if (i % FOLLOW_EVERY == 0) {
          stored.add(new Followed(name, System.nanoTime()));
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void follow(
      ConcurrentLinkedQueue<Followed> stored,
      ConcurrentLinkedQueue<Double> lags,
      AtomicBoolean over) {
    try (Client first = new Client(cluster.port() + 1);
        Client second = new Client(cluster.port() + 2)) {
      List<Followed> pending = new ArrayList<>();
      while (true) {
        boolean last = over.get();
        for (Followed next = stored.poll(); next != null; next = stored.poll()) {
          pending.add(next);
        }
        if (last && pending.isEmpty()) {
          return;
        }
        for (Iterator<Followed> each = pending.iterator(); each.hasNext(); ) {
          Followed next = each.next();
          String path = "/" + next.name();
          double seconds = (System.nanoTime() - next.stored()) / 1e9;
          if (first.head(path) == 200 && second.head(path) == 200) {
            lags.add(seconds);
            each.remove();
          } else if (seconds > PATIENCE_SECONDS) {
            throw new IOException("not both nodes have " + path + " after " + seconds + " s");
          }
        }
        Waiting.pause(1);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
