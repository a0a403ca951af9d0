package io.backpack.coordinator;

import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Shard;
import io.backpack.cluster.ShardSize;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import java.util.function.LongSupplier;

/**
 * Sees from the sizes in the map which shards will soon be full: by their used share, or by the
 * pace at which they grew in the last day. Tells each once when it comes to be so, and not again
 * before it was clearly otherwise. Read-only shards do not count: nothing comes to them.
 *
 * <p>Safe for use by any thread.
 */
final class ShardWatch {
  /** The pace is that of the last day, and not known before an hour of it was seen. */
  private static final long WINDOW = Duration.ofDays(1).toNanos();

  private static final long SHORTEST = Duration.ofHours(1).toNanos();
  private static final long BETWEEN_SAMPLES = Duration.ofMinutes(10).toNanos();

  /** So much must be free again beyond the threshold before it is told anew. */
  private static final double MARGIN = 0.03;

  private record Sample(long nanos, long bytes) {}

  private static final class Watched {
    final Deque<Sample> samples = new ArrayDeque<>();
    Optional<String> warning = Optional.empty();
  }

  private final double threshold;
  private final Duration time;
  private final LongSupplier nanos;
  private final BiConsumer<String, String> tell;
  private final Map<String, Watched> shards = new HashMap<>();

  /**
   * @param tell gets the id of a shard and why it will be full, for people; must not block
   */
  ShardWatch(ShardSettings settings, LongSupplier nanos, BiConsumer<String, String> tell) {
    this.threshold = settings.fullWarning();
    this.time = settings.fullTime();
    this.nanos = nanos;
    this.tell = tell;
  }

  /** Takes note of the sizes in a map. */
  void look(ClusterMap map) {
    Map<String, String> news = new TreeMap<>();
    synchronized (this) {
      shards.keySet().retainAll(map.shards().keySet());
      for (Shard shard : map.shards().values()) {
        ShardSize size = map.size(shard.id());
        Watched watched = shards.computeIfAbsent(shard.id(), id -> new Watched());
        boolean before = watched.warning.isPresent();
        sample(watched, size.current());
        watched.warning =
            shard.readOnly() || size.capacity() <= 0 ? Optional.empty() : judge(watched, size);
        if (!before) {
          watched.warning.ifPresent(why -> news.put(shard.id(), why));
        }
      }
    }
    news.forEach(tell);
  }

  /** Why each shard will soon be full of which that is so. */
  synchronized Map<String, String> warnings() {
    Map<String, String> warnings = new TreeMap<>();
    shards.forEach((id, watched) -> watched.warning.ifPresent(why -> warnings.put(id, why)));
    return warnings;
  }

  private void sample(Watched watched, long bytes) {
    long now = nanos.getAsLong();
    Sample last = watched.samples.peekLast();
    if (last == null || now - last.nanos >= BETWEEN_SAMPLES) {
      watched.samples.add(new Sample(now, bytes));
    }
    while (now - watched.samples.element().nanos > WINDOW) {
      watched.samples.remove();
    }
  }

  private Optional<String> judge(Watched watched, ShardSize size) {
    boolean warned = watched.warning.isPresent();
    double used = (double) size.current() / size.capacity();
    if (used >= (warned ? threshold - MARGIN : threshold)) {
      return Optional.of(
          used >= 1 ? "it is full" : (long) Math.floor(100 * used) + " % of it are used");
    }
    long left = millisLeft(watched, size);
    if (left < (warned ? 2 : 1) * time.toMillis()) {
      return Optional.of(
          "at the pace of the last day it is full in "
              + TimeUnit.MILLISECONDS.toHours(left)
              + " h");
    }
    return Optional.empty();
  }

  /** Until it is full; {@link Long#MAX_VALUE} when it does not grow, or that is not known yet. */
  private long millisLeft(Watched watched, ShardSize size) {
    Sample first = watched.samples.element();
    long elapsed = nanos.getAsLong() - first.nanos;
    long grown = size.current() - first.bytes;
    if (elapsed < SHORTEST || grown <= 0) {
      return Long.MAX_VALUE;
    }
    double perMilli = (double) grown / TimeUnit.NANOSECONDS.toMillis(elapsed);
    return (long) Math.min(Long.MAX_VALUE, (size.capacity() - size.current()) / perMilli);
  }
}
