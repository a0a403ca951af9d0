package io.backpack.bench;

import io.backpack.bench.Comparison.Side;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/** Rows: uploads to one node. */
final class Writes {
  private static final int BLOCK = 50;

  private Writes() {}

  static List<Row> rows() {
    String how =
        "wrk, 64 connections, PUT of new names with bodies of the sizes of previews, in turn with"
            + " nginx's dav module on the same disk, which syncs nothing; all that is dirty is"
            + " written back before each slice. ";
    return List.of(
        Row.of(
            "put-synced",
            "PUT synced before the 201, 64 connections / nginx dav PUT, which never syncs",
            "",
            Goal.atLeast(2),
            how + "Default settings.",
            (bench, out) -> compare(bench, out, "synced")),
        Row.of(
            "put-unsynced",
            "PUT with `sync: never` / nginx dav PUT",
            "",
            Goal.atLeast(2.5),
            how + "The node runs with `storage.sync: never`.",
            (bench, out) -> compare(bench, out, "unsynced", "storage.sync=never")),
        Row.of(
            "put-latency",
            "PUT synced, 1 connection: added latency over one raw write + fdatasync",
            "ms",
            Goal.atMost(0.5),
            "One connection, photos of 12 KB one after the other, in turn with writes of as many"
                + " bytes to the end of a file, each with an fdatasync; the difference of the"
                + " medians.",
            Writes::latency));
  }

  private static void compare(Bench bench, Recorder out, String name, String... settings)
      throws IOException {
    Photos none = Photos.previews("put-" + name, 1);
    Path root = bench.path("files-" + none.name());
    none.writeFiles(root);
    Nginx nginx = Nginx.start(bench.processes(), bench.path("nginx-" + none.name()), root);
    Store store = bench.store(none);
    Node node = bench.node(store, settings);
    Wrk.Job job = Wrk.Job.put(Bench.CONNECTIONS, bench.options().seconds());
    out.scale(bench.slices());
    new Comparison(bench, out, job, Side.of(node), Side.of(nginx))
        .before(bench.disk()::settle)
        .warmUp()
        .ratios(node.pid());
    bench.stopNode();
    nginx.stop();
    bench.delete(root);
    bench.delete(store.volumes());
  }

  private static void latency(Bench bench, Recorder out) throws IOException {
    int count = bench.options().quick ? 300 : 2_000;
    Photos photos = Photos.of("put-latency", count, 12_288);
    Store store = bench.store(Photos.previews("put-one", 1));
    Node node = bench.node(store);
    byte[] pool = photos.pool();
    Path file = bench.path("raw");
    out.scale(count + " PUTs in each of " + bench.options().rounds() + " rounds");
    try (FileChannel raw =
            FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        Client client = new Client(node.port())) {
      WarmUp.run(bench, node.url(), Wrk.Job.put(Bench.CONNECTIONS, 1));
      for (int i = 0; i < count; i++) {
        put(client, "warm-" + i, photos.data(pool, i % count));
      }
      bench.disk().settle();
      for (int round = 0; round < bench.options().rounds(); round++) {
        List<Double> puts = new ArrayList<>();
        List<Double> writes = new ArrayList<>();
        for (int i = 0; i < count; i++) {
          boolean ours = i / BLOCK % 2 == 0;
          ByteBuffer data = photos.data(pool, i);
          long begun = System.nanoTime();
          if (ours) {
            put(client, round + "-" + i, data);
          } else {
            raw.write(data);
            raw.force(false);
          }
          (ours ? puts : writes).add((System.nanoTime() - begun) / 1e6);
        }
        out.round(
            Stats.median(puts) - Stats.median(writes),
            "PUT " + describe(puts) + ", raw write + fdatasync " + describe(writes));
      }
    }
    Files.delete(file);
  }

  private static void put(Client client, String name, ByteBuffer data) throws IOException {
    int status = client.put("/" + name + ".jpg", data);
    if (status != 201) {
      throw new IOException("PUT said " + status + ": " + client.text());
    }
  }

  private static String describe(List<Double> millis) {
    return "p50 "
        + Figures.number(Stats.median(millis))
        + " p99 "
        + Figures.number(Stats.percentile(millis, 99))
        + " p99.9 "
        + Figures.number(Stats.percentile(millis, 99.9))
        + " ms";
  }
}
