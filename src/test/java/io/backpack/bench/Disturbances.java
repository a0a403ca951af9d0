package io.backpack.bench;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Rows: what readers notice of work in the background. */
final class Disturbances {
  private static final long VOLUME_SIZE = 64 << 20;
  private static final int OF = 5;
  private static final int FROM = 3;

  private Disturbances() {}

  static List<Row> rows() {
    return List.of(
        Row.of(
            "compaction-p99",
            "p99 of GET during compaction / p99 without",
            "",
            Goal.atMost(2),
            "wrk, 64 connections on the living photos of a store in which three of five are"
                + " deleted, in volumes of 64 MB; without and with volumes being compacted at the"
                + " default `storage.compact-rate`, in turn.",
            Disturbances::compaction),
        Row.of(
            "rebuild-p99",
            "p99 of GET during a rebuild of the index / p99 without",
            "",
            Goal.atMost(2),
            "wrk, 64 connections on the warm set of one node; its neighbour, a node with the store"
                + " of many tiny photos on the same machine, makes its index anew meanwhile. (A"
                + " node that rebuilds its own index answers 503 for what it does not know yet.)",
            Disturbances::rebuild));
  }

  private static void compaction(Bench bench, Recorder out) throws IOException {
    Photos photos = Photos.previews("dead", bench.options().quick ? 20_000 : 60_000);
    Store store =
        Store.make(
            bench.processes(),
            bench.nextId(),
            photos,
            bench.path("store-dead"),
            VOLUME_SIZE,
            photo -> photo % OF < FROM);
    Node node = bench.node(store, "storage.volume-size=64mb", "storage.compact-dead-ratio=0");
    List<Long> worth = worth(node);
    int rounds = bench.options().rounds();
    int each = worth.size() / rounds;
    if (each == 0) {
      throw new IOException(
          "only " + worth.size() + " volumes to compact in " + rounds + " rounds");
    }
    out.scale(Figures.count(photos.count()) + " photos, " + bench.slices());
    WarmUp.run(bench, node.url(), Wrk.Job.getLiving(photos, OF, FROM, Bench.CONNECTIONS, 1));
    Optional<Profile> profile = Profile.begin(bench, node.pid());
    for (int round = 0; round < rounds; round++) {
      Load without = load(bench, node, photos, bench.options().seconds());
      try (Client client = new Client(node.port())) {
        for (long volume : worth.subList(round * each, (round + 1) * each)) {
          client.post("/_/volumes/" + volume + "/compact");
        }
      }
      Load during = load(bench, node, photos, bench.options().seconds());
      int left = working(node);
      Waiting.until("the compactions end", 300, () -> working(node) == 0);
      out.round(
          during.p99() / without.p99(),
          "without "
              + without.describe()
              + ", during compaction of "
              + each
              + " volumes "
              + during.describe()
              + ", "
              + left
              + " still at work at the end");
    }
    if (profile.isPresent()) {
      profile.get().end(out.row());
    }
    bench.stopNode();
    bench.delete(store.volumes());
  }

  /** Sealed volumes with dead bytes, the deadest first. */
  private static List<Long> worth(Node node) throws IOException {
    List<JsonObject> found = new ArrayList<>();
    for (Object each : node.page("/_/volumes").getJsonArray("volumes")) {
      JsonObject volume = (JsonObject) each;
      if (volume.getBoolean("sealed", false) && volume.getLong("dead_bytes", 0L) > 0) {
        found.add(volume);
      }
    }
    found.sort(Comparator.comparing((JsonObject volume) -> -volume.getLong("dead_bytes")));
    return found.stream().map(volume -> volume.getLong("id")).toList();
  }

  private static int working(Node node) throws IOException {
    int working = 0;
    for (Object each : node.page("/_/jobs").getJsonArray("jobs")) {
      String state = ((JsonObject) each).getString("state");
      working += state.equals("waiting") || state.equals("running") ? 1 : 0;
    }
    return working;
  }

  private static Load load(Bench bench, Node node, Photos photos, int seconds) throws IOException {
    return bench
        .wrk()
        .run(node.url(), Wrk.Job.getLiving(photos, OF, FROM, Bench.CONNECTIONS, seconds));
  }

  private static void rebuild(Bench bench, Recorder out) throws IOException {
    Photos warm = WarmReads.previews(bench);
    Store store = bench.store(warm);
    Node node = bench.node(store);
    Photos many = Many.photos(bench);
    Store big = bench.store(many);
    Wrk.Job job = Wrk.Job.get(warm, Bench.CONNECTIONS, bench.options().seconds());
    out.scale(
        Figures.count(warm.count())
            + " photos read, "
            + Figures.count(many.count())
            + " indexed, "
            + bench.slices());
    new Comparison(bench, out, job, Comparison.Side.of(node)).warmUp();
    int rounds = bench.options().quick ? 2 : bench.options().rounds();
    for (int round = 0; round < rounds; round++) {
      Load without = bench.wrk().run(node.url(), job);
      big.redis().command("FLUSHALL");
      Node neighbour = bench.launch(big);
      Waiting.until(
          "the neighbour listens", 60, () -> Client.probe(neighbour.port(), "/_/health/live") > 0);
      Load during = bench.wrk().run(node.url(), job);
      boolean done = neighbour.ready();
      // The next round begins it anew.
      neighbour.stop();
      out.round(
          during.p99() / without.p99(),
          "without "
              + without.describe()
              + ", during a rebuild "
              + during.describe()
              + (done ? ", which ended before the slice did" : ""));
    }
  }
}
