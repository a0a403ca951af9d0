package io.backpack.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Rows: what many photos cost in memory, in starts and in rebuilds. Photos are tiny here. */
final class Many {
  static final int PHOTO_BYTES = 64;
  private static final int KILLS_SECONDS = 2;
  private static final Pattern NATIVE =
      Pattern.compile("Other \\(reserved=\\d+KB, committed=(\\d+)KB\\)");

  private Many() {}

  static List<Row> rows() {
    String store =
        "A store of many photos of 64 bytes with names of 20 bytes, written by the engine itself. ";
    return List.of(
        Row.of(
            "redis-memory",
            "Redis memory per photo, 20-byte names, everything counted",
            "bytes",
            Goal.atMost(48),
            store
                + "used_memory of a Redis that has nothing else, less what it had empty, by the"
                + " number of photos.",
            Many::redisMemory),
        Row.of(
            "location-cache",
            "location cache, memory per entry",
            "bytes",
            Goal.atMost(48),
            "Living heap and native memory of a node without photos, with a cache of 4,000,000"
                + " entries less without one, by the number of entries.",
            Many::locationCache),
        Row.of(
            "heap",
            "heap of a node with many photos, beside the configured caches",
            "MB",
            Goal.atMost(256),
            store + "What lives in the heap after a collection, without caches, after some load.",
            Many::heap),
        Row.of(
            "restart-clean",
            "restart of a node to the first GET, after a clean stop",
            "s",
            Goal.atMost(3),
            store
                + "From the start of the process to the first 200 of a photo; its Redis goes on."
                + " The page cache is not dropped.",
            (bench, out) -> restart(bench, out, false)),
        Row.of(
            "restart-kill",
            "restart of a node to the first GET, after kill -9 under uploads",
            "s",
            Goal.atMost(5),
            store + "The same after a SIGKILL while 64 connections upload.",
            (bench, out) -> restart(bench, out, true)),
        Row.of(
            "rebuild",
            "rebuild of a lost Redis index",
            "photos/s",
            Goal.atLeast(200_000),
            store
                + "Redis is emptied while the node is stopped; from the start of the process until"
                + " it is ready, less the time of a start with its index (the best of as many).",
            Many::rebuild));
  }

  static Photos photos(Bench bench) {
    return Photos.of("many", bench.options().many(), PHOTO_BYTES);
  }

  private static String scale(Bench bench) {
    return Figures.count(bench.options().many()) + " photos";
  }

  private static void redisMemory(Bench bench, Recorder out) throws IOException {
    Photos photos = photos(bench);
    Store store = bench.store(photos);
    bench.stopNode();
    store.redis().command("FLUSHALL");
    store.redis().command("MEMORY", "PURGE");
    long empty = store.redis().memory("used_memory");
    bench.node(store);
    long used = store.redis().memory("used_memory") - empty;
    long resident = store.redis().memory("used_memory_rss");
    out.scale(scale(bench));
    out.round(
        (double) used / photos.count(),
        "used_memory grew by "
            + Figures.number(used / 1e6)
            + " MB, resident are "
            + Figures.number(resident / 1e6)
            + " MB in all, which is "
            + Figures.number((double) resident / photos.count())
            + " bytes a photo");
  }

  private static void locationCache(Bench bench, Recorder out) throws IOException {
    int entries = 4_000_000;
    Store store = bench.store(Photos.previews("one", 1));
    bench.stopNode();
    out.scale(Figures.count(entries) + " entries");
    long[] bytes = new long[2];
    for (int with = 0; with < 2; with++) {
      Node node =
          bench.launchWith(
              "-XX:NativeMemoryTracking=summary",
              store,
              "storage.location-cache=" + with * entries);
      node.awaitReady();
      bytes[with] = node.liveHeap() + direct(node.jcmd("VM.native_memory", "summary"));
      node.stop();
    }
    out.round(
        (double) (bytes[1] - bytes[0]) / entries,
        "without "
            + Figures.number(bytes[0] / 1e6)
            + " MB, with "
            + Figures.number(bytes[1] / 1e6)
            + " MB");
  }

  /** Memory outside of the heap that Java code has asked for. */
  static long direct(String summary) {
    Matcher matcher = NATIVE.matcher(summary);
    return matcher.find() ? Long.parseLong(matcher.group(1)) << 10 : 0;
  }

  private static void heap(Bench bench, Recorder out) throws IOException {
    Photos photos = photos(bench);
    String[] settings =
        Bench.knows("storage.photo-cache")
            ? new String[] {"storage.location-cache=0", "storage.photo-cache=0"}
            : new String[] {"storage.location-cache=0"};
    Node node = bench.node(bench.store(photos), settings);
    Load load =
        bench
            .wrk()
            .run(node.url(), Wrk.Job.get(photos, Bench.CONNECTIONS, bench.options().briefly()));
    long live = node.liveHeap();
    out.scale(scale(bench));
    out.round(
        live / 1e6,
        Figures.number(live / 1e6)
            + " MB live, "
            + Figures.number(node.resident() / 1e6)
            + " MB resident, after "
            + load.describe());
  }

  private static void restart(Bench bench, Recorder out, boolean kill) throws IOException {
    Photos photos = photos(bench);
    Node node = bench.node(bench.store(photos));
    out.scale(scale(bench));
    for (int round = 0; round < bench.options().starts(); round++) {
      if (kill) {
        killUnderUploads(bench, node);
      } else {
        node.stop();
      }
      int photo = (int) (photos.count() * 0.618 * (round + 1) % photos.count());
      double seconds = start(node, "/" + photos.path(photo));
      out.round(
          seconds, "to the first GET, ready after " + Figures.number(readyAfter(node)) + " s");
    }
  }

  private static void killUnderUploads(Bench bench, Node node) throws IOException {
    Thread uploads =
        new Thread(
            () -> {
              try {
                bench.wrk().run(node.url(), Wrk.Job.put(Bench.CONNECTIONS, KILLS_SECONDS));
              } catch (IOException e) {
                throw new UncheckedIOException(e);
              }
            });
    uploads.start();
    Waiting.pause(KILLS_SECONDS * 500L);
    node.kill();
    try {
      uploads.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static double start(Node node, String path) throws IOException {
    long begun = System.nanoTime();
    node.launch();
    Waiting.until("a photo is there", 900, () -> Client.probe(node.port(), path) == 200);
    return (System.nanoTime() - begun) / 1e9;
  }

  private static double readyAfter(Node node) throws IOException {
    long begun = node.launched();
    node.awaitReady();
    return (System.nanoTime() - begun) / 1e9;
  }

  private static void rebuild(Bench bench, Recorder out) throws IOException {
    Photos photos = photos(bench);
    Store store = bench.store(photos);
    Node node = bench.node(store);
    List<Double> starts = new ArrayList<>();
    for (int i = 0; i < bench.options().starts(); i++) {
      node.stop();
      node.launch();
      starts.add(readyAfter(node));
    }
    double usual = Stats.min(starts);
    out.scale(scale(bench));
    for (int round = 0; round < bench.options().starts(); round++) {
      node.stop();
      store.redis().command("FLUSHALL");
      node.launch();
      double seconds = readyAfter(node);
      out.round(
          photos.count() / Math.max(0.001, seconds - usual),
          "ready after "
              + Figures.number(seconds)
              + " s, with an index after "
              + Figures.number(usual)
              + " s");
    }
  }
}
