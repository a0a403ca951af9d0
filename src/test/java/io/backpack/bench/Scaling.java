package io.backpack.bench;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Rows: how rates and costs grow. Each is a plot; its figure is the last point's. */
final class Scaling {
  private static final int NODE_PHOTOS = 5_000;
  private static final long SIZE_SET_BYTES = 200 << 20;

  private Scaling() {}

  static List<Row> rows() {
    return List.of(
        Row.plotted(
            "scale-nodes",
            "warm GET with 4 nodes on the machine / with 1",
            "",
            "1, 2 and 4 node processes, each with 5,000 photos and a Redis of its own; as many wrk"
                + " as nodes, 64 connections in all, which share the machine with them.",
            new Plot("nodes", "GET/s", List.of("all nodes"), false, false),
            Scaling::nodes),
        Row.plotted(
            "scale-photos",
            "GET of tiny photos from the largest store / from the smallest",
            "",
            "Random names of stores of 10,000 photos of 64 bytes and more, in the page cache;"
                + " default settings.",
            new Plot(
                "photos",
                "GET/s, bytes, seconds",
                List.of(
                    "GET/s", "Redis bytes per photo", "first start, index made (s)", "start (s)"),
                true,
                true),
            Scaling::photos),
        Row.plotted(
            "scale-size",
            "warm GET of the largest photos / nginx",
            "",
            "Photos of one size from 1 KB to 10 MB, the node and nginx in turn, 64 connections.",
            new Plot("bytes of a photo", "MB/s", List.of("backpack", "nginx"), true, true),
            Scaling::sizes),
        Row.plotted(
            "scale-connections",
            "warm GET with the most connections / nginx",
            "",
            "The warm set, the node and nginx in turn, by 1 to 10,000 connections.",
            new Plot("connections", "GET/s", List.of("backpack", "nginx"), true, false),
            Scaling::connections));
  }

  private static void nodes(Bench bench, Recorder out) throws IOException {
    bench.stopNode();
    List<Node> running = new ArrayList<>();
    double one = 0;
    double last = 0;
    Photos photos = Photos.previews("part", NODE_PHOTOS);
    out.scale(Figures.count(NODE_PHOTOS) + " photos a node, " + bench.options().seconds() + " s");
    try {
      for (int count = 1; count <= 4; count *= 2) {
        while (running.size() < count) {
          String id = bench.nextId();
          Store store =
              Store.make(
                  bench.processes(),
                  id,
                  photos,
                  bench.path("store-part-" + id),
                  Store.VOLUME_SIZE,
                  photo -> false);
          Node node = bench.launch(store);
          running.add(node);
          node.awaitReady();
        }
        List<String> urls = running.stream().map(Node::url).toList();
        int each = Bench.CONNECTIONS / count;
        Wrk.Job job = Wrk.Job.get(photos, each, bench.options().seconds());
        WarmUp.run(bench, urls, job);
        List<Load> loads = bench.wrk().run(urls, job);
        last = loads.stream().mapToDouble(Load::rate).sum();
        one = count == 1 ? last : one;
        out.point((double) count, last);
        out.note(
            count + " nodes: " + Figures.number(last) + "/s, the first " + loads.get(0).describe());
      }
      out.figure(last / one);
    } finally {
      for (Node node : running) {
        node.stop();
        bench.delete(node.store().volumes());
      }
    }
  }

  private static void photos(Bench bench, Recorder out) throws IOException {
    double first = 0;
    double last = 0;
    out.scale("up to " + Figures.count(bench.options().many()) + " photos");
    for (int count = 10_000; count <= bench.options().many(); count *= 10) {
      Photos photos =
          count == bench.options().many()
              ? Many.photos(bench)
              : Photos.of("tiny-" + count, count, Many.PHOTO_BYTES);
      Store store = bench.store(photos);
      bench.stopNode();
      store.redis().command("FLUSHALL");
      long empty = store.redis().memory("used_memory");
      Node node = bench.node(store);
      double made = (System.nanoTime() - node.launched()) / 1e9;
      double perPhoto = (double) (store.redis().memory("used_memory") - empty) / count;
      node.stop();
      node.launch();
      node.awaitReady();
      double start = (System.nanoTime() - node.launched()) / 1e9;
      Wrk.Job job = Wrk.Job.get(photos, Bench.CONNECTIONS, bench.options().seconds());
      WarmUp.run(bench, node.url(), job);
      Load load = bench.wrk().run(node.url(), job);
      last = load.rate();
      first = first == 0 ? last : first;
      out.point((double) count, load.rate(), perPhoto, made, start);
      out.note(
          Figures.count(count)
              + " photos: "
              + load.describe()
              + ", "
              + Figures.number(perPhoto)
              + " bytes of Redis each, first start "
              + Figures.number(made)
              + " s, start "
              + Figures.number(start)
              + " s");
    }
    out.figure(last / first);
  }

  private static void sizes(Bench bench, Recorder out) throws IOException {
    double ratio = 0;
    int step = bench.options().quick ? 100 : 10;
    out.scale(bench.options().seconds() + " s a slice");
    for (int size = 1_000; size <= 10_000_000; size *= step) {
      int count = (int) Math.max(8, Math.min(5_000, SIZE_SET_BYTES / size / 2));
      Photos photos = Photos.of("size-" + size, count, size);
      Pair pair = pair(bench, photos, Bench.CONNECTIONS, out, size + " bytes");
      ratio = pair.ours().rate() / pair.theirs().rate();
      out.point((double) photos.min(), pair.ours().megabytes(), pair.theirs().megabytes());
    }
    out.figure(ratio);
  }

  private static void connections(Bench bench, Recorder out) throws IOException {
    double ratio = 0;
    int step = bench.options().quick ? 100 : 10;
    out.scale(bench.options().seconds() + " s a slice");
    for (int connections = 1; connections <= 10_000; connections *= step) {
      Pair pair =
          pair(bench, WarmReads.previews(bench), connections, out, connections + " connections");
      ratio = pair.ours().rate() / pair.theirs().rate();
      out.point((double) connections, pair.ours().rate(), pair.theirs().rate());
    }
    out.figure(ratio);
  }

  private record Pair(Load ours, Load theirs) {}

  private static Pair pair(Bench bench, Photos photos, int connections, Recorder out, String what)
      throws IOException {
    Site site = bench.site(photos);
    Node node = bench.node(site.store());
    if (bench.warmed("scale " + node.pid())) {
      WarmUp.run(bench, node.url(), Wrk.Job.get(photos, Bench.CONNECTIONS, 1));
      bench.wrk().run(site.nginx().url(), Wrk.Job.get(photos, Bench.CONNECTIONS, 1));
    }
    Wrk.Job job = Wrk.Job.get(photos, connections, bench.options().seconds());
    Load ours = bench.wrk().run(node.url(), job);
    Load theirs = bench.wrk().run(site.nginx().url(), job);
    out.note(
        what
            + ": backpack "
            + ours.describe()
            + " "
            + Figures.number(ours.megabytes())
            + " MB/s, nginx "
            + theirs.describe()
            + " "
            + Figures.number(theirs.megabytes())
            + " MB/s");
    return new Pair(ours, theirs);
  }
}
