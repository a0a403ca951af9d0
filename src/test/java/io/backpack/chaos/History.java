package io.backpack.chaos;

import io.vertx.core.json.JsonObject;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAccumulator;
import org.awaitility.Awaitility;

/**
 * The log of all clients: every intent before it is carried out, every answer after it, in memory
 * and as lines of JSON in a file. Safe for use by several threads.
 */
final class History implements AutoCloseable {
  private static final Duration RECOVERY = Duration.ofMinutes(3);

  private final long begun = System.nanoTime();
  private final AtomicLong ids = new AtomicLong();
  private final Map<String, Collection<Op>> writes = new ConcurrentHashMap<>();
  private final Collection<Op> reads = new ConcurrentLinkedQueue<>();
  private final Collection<Long> stored = new ConcurrentLinkedQueue<>();
  private final BufferedWriter file;
  private final LongAccumulator lastStoredBegun = new LongAccumulator(Math::max, 0);

  History(Path file) throws IOException {
    this.file = Files.newBufferedWriter(file);
  }

  /** Nanoseconds since the campaign began. */
  long now() {
    return System.nanoTime() - begun;
  }

  Op intend(int client, Op.Kind kind, String name, int shard, long seed, String to) {
    Op op = new Op(ids.incrementAndGet(), client, kind, name, shard, seed, to, now());
    if (op.write()) {
      writes.computeIfAbsent(name, key -> new ConcurrentLinkedQueue<>()).add(op);
    } else {
      reads.add(op);
    }
    line(op.intent());
    return op;
  }

  void answered(Op op, int status, long version) {
    op.status = status;
    op.version = version;
    op.end = now();
    if (op.kind == Op.Kind.PUT && status == 201) {
      stored.add(op.end);
      lastStoredBegun.accumulate(op.start);
    }
    line(op.answer());
  }

  /** Writes down something else that happened, as a fault. */
  void note(String what) {
    line(new JsonObject().put("at", now() / 1_000_000).put("note", what));
  }

  private synchronized void line(JsonObject json) {
    try {
      file.write(json.encode());
      file.newLine();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Which upload of the name these bytes are of, or {@link Op#WRONG}. */
  long recognize(String name, byte[] bytes) {
    for (Op op : writesOf(name)) {
      if (op.kind == Op.Kind.PUT && Bytes.are(bytes, op.seed)) {
        return op.seed;
      }
    }
    return Op.WRONG;
  }

  Collection<Op> writesOf(String name) {
    return writes.getOrDefault(name, List.of());
  }

  /** All names that were ever written to, in order. */
  Map<String, Collection<Op>> writes() {
    return new TreeMap<>(writes);
  }

  Collection<Op> reads() {
    return reads;
  }

  /** Waits until an upload was stored that was begun later than this. */
  void awaitStored() {
    long now = now();
    Awaitility.await("an upload is stored again")
        .atMost(RECOVERY)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> lastStoredBegun.get() > now);
  }

  /** The campaign itself holds uploads back from now on, or does so no more. */
  void holdOrResume() {
    stored.add(now());
  }

  /**
   * When uploads were answered as stored, or the campaign began or ended to hold them back, in
   * order.
   */
  List<Long> stored() {
    List<Long> times = new ArrayList<>(stored);
    times.sort(null);
    return times;
  }

  long operations() {
    return ids.get();
  }

  @Override
  public synchronized void close() throws IOException {
    file.close();
  }
}
