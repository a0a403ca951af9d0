package io.backpack.bench;

import io.backpack.bench.Comparison.Side;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** Rows: GET of photos that only the disk has. */
final class ColdReads {
  private static final int CONNECTIONS = 32;
  private static final int MEDIUM = 100_000;
  private static final int ALIGNMENT = 4096;
  private static final int MOST_REQUESTS = 40_000;
  private static final int WARM_SLICES = 3;

  private ColdReads() {}

  static List<Row> rows() {
    String how =
        "The page cache is dropped before each slice; wrk, 32 connections, as many requests for"
            + " each side, random names none of which comes twice; the node's own cache of photos"
            + " is off, and its compilers are done. ";
    return List.of(
        Row.of(
            "cold-reads",
            "cold GET: disk reads per GET",
            "",
            Goal.atMost(1.02),
            how
                + "Reads that the disk completed (/proc/diskstats) per answer; Redis and the node's"
                + " location cache are in memory, as they always are. Reads of other programs count"
                + " too, so that nothing else may use the disk meanwhile.",
            ColdReads::reads),
        Row.of(
            "cold-get",
            "cold GET, 32 connections, 100,000 photos / nginx static",
            "",
            Goal.atLeast(4),
            how + "The slices of `cold-reads`. Quick runs have fewer photos.",
            ColdReads::rates),
        Row.of(
            "cold-get-1m",
            "cold GET, 32 connections, 1 million photos / nginx static",
            "",
            Goal.atLeast(4),
            how + "1,000,000 photos, or as many as --photos says.",
            (bench, out) -> {
              bench.forgetSites();
              compare(bench, out, Photos.previews("million", bench.options().photos()));
              bench.forgetSites();
            }),
        Row.of(
            "cold-raw",
            "cold GET / raw random reads of the same size and depth",
            "",
            Goal.atLeast(0.5),
            how
                + "In turn with fio on the node's volumes: random reads, direct, depth 32, blocks"
                + " as large as a photo is on average.",
            ColdReads::raw));
  }

  private static Photos medium(Bench bench) {
    return bench.options().quick
        ? WarmReads.previews(bench)
        : Photos.previews("medium", Math.min(bench.options().photos(), MEDIUM));
  }

  private static String scale(Bench bench, Photos photos) {
    return Figures.count(photos.count())
        + " photos, "
        + bench.options().rounds()
        + " rounds of "
        + Figures.count(requests(photos))
        + " GETs";
  }

  /** So few that what was read for one photo helps the next no more than in a large set. */
  private static int requests(Photos photos) {
    return Math.max(1, Math.min(MOST_REQUESTS, photos.count() * 2 / 5));
  }

  private static Wrk.Job job(Photos photos) {
    return Wrk.Job.distinct(photos, CONNECTIONS, requests(photos));
  }

  /**
   * What is not read from the disk at a GET is in memory first: the node is warm, photos are not.
   */
  private static Node warmNode(Bench bench, Site site) throws IOException {
    Node node = bench.node(site.store(), WarmReads.withoutPhotoCache());
    if (bench.warmed("cold " + node.pid())) {
      WarmUp.run(bench, node.url(), Wrk.Job.get(site.photos(), CONNECTIONS, 1));
      // The way of a photo that is not in memory is other code.
      for (int i = 0; i < WARM_SLICES; i++) {
        bench.disk().dropCaches();
        bench.wrk().run(node.url(), job(site.photos()));
      }
    }
    return node;
  }

  private static void compare(Bench bench, Recorder out, Photos photos) throws IOException {
    Site site = bench.site(photos);
    Node node = warmNode(bench, site);
    out.scale(scale(bench, photos));
    new Comparison(bench, out, job(photos), Side.of(node), Side.of(site.nginx()))
        .before(bench.disk()::dropCaches)
        .ratios(node.pid());
  }

  private static void reads(Bench bench, Recorder out) throws IOException {
    Photos photos = medium(bench);
    Site site = bench.site(photos);
    Node node = warmNode(bench, site);
    out.scale(scale(bench, photos));
    List<Double> rates = new ArrayList<>();
    Optional<Profile> profile = Profile.begin(bench, node.pid());
    for (int round = 0; round < bench.options().rounds(); round++) {
      Counted ours = counted(bench, Side.of(node), photos);
      Counted theirs = counted(bench, Side.of(site.nginx()), photos);
      rates.add(ours.load().rate() / theirs.load().rate());
      out.round(
          ours.perGet(),
          "backpack "
              + ours.describe()
              + ", nginx "
              + theirs.describe()
              + ", which is "
              + Figures.number(theirs.perGet())
              + " a GET");
    }
    if (profile.isPresent()) {
      profile.get().end(out.row());
    }
    bench.remember("cold-get", rates);
  }

  private static void rates(Bench bench, Recorder out) throws IOException {
    if (bench.remembered(out.row()).isEmpty()) {
      reads(bench, new Recorder("cold-reads", bench.options().quick, out::note));
    }
    out.scale(scale(bench, medium(bench)));
    bench.remembered(out.row()).orElseThrow().forEach(out::figure);
  }

  private record Counted(Load load, long reads) {
    String describe() {
      return load.describe() + " " + load.requests() + " GETs " + reads + " reads";
    }

    double perGet() {
      return (double) reads / Math.max(1, load.requests() - load.errors());
    }
  }

  private static Counted counted(Bench bench, Side side, Photos photos) throws IOException {
    bench.disk().dropCaches();
    // Brings back what is no photo: wrk itself, and what the server needs for any answer.
    bench.processes().run("sh", "-c", "wrk -v || true");
    Client.probe(URI.create(side.url()).getPort(), "/none.jpg");
    Cpu begun = Cpu.of(side.pids());
    long before = bench.disk().reads();
    Load load = bench.wrk().run(side.url(), job(photos));
    long reads = bench.disk().reads() - before;
    return new Counted(load.costing(Cpu.of(side.pids()).since(begun, load.requests())), reads);
  }

  private static void raw(Bench bench, Recorder out) throws IOException {
    Photos photos = medium(bench);
    Site site = bench.site(photos);
    Node node = warmNode(bench, site);
    long volumes = Math.max(1, volumeBytes(site.store()));
    long mean = volumes / photos.count();
    long block = (mean + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    out.scale(scale(bench, photos));
    for (int round = 0; round < bench.options().rounds(); round++) {
      bench.disk().dropCaches();
      Load load = bench.wrk().run(node.url(), job(photos));
      double reads = fio(bench, site.store(), block);
      out.round(
          load.rate() / reads,
          "backpack "
              + load.describe()
              + ", raw reads of "
              + block
              + " bytes "
              + Figures.number(reads)
              + "/s");
    }
  }

  private static List<Path> volumeFiles(Store store) throws IOException {
    try (Stream<Path> files = Files.walk(store.volumes())) {
      List<Path> found = new ArrayList<>();
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        if (Files.size(file) > 1 << 20) {
          found.add(file);
        }
      }
      return found;
    }
  }

  private static long volumeBytes(Store store) throws IOException {
    long sum = 0;
    for (Path file : volumeFiles(store)) {
      sum += Files.size(file);
    }
    return sum;
  }

  private static double fio(Bench bench, Store store, long block) throws IOException {
    String files = String.join(":", volumeFiles(store).stream().map(Path::toString).toList());
    String out =
        bench
            .processes()
            .run(
                Map.of(),
                List.of(
                    "fio",
                    "--name=raw",
                    "--readonly",
                    "--filename=" + files,
                    "--rw=randread",
                    "--direct=1",
                    "--ioengine=libaio",
                    "--iodepth=" + CONNECTIONS,
                    "--bs=" + block,
                    "--time_based",
                    "--runtime=" + bench.options().seconds(),
                    "--output-format=json"));
    return new JsonObject(out.substring(out.indexOf('{')))
        .getJsonArray("jobs")
        .getJsonObject(0)
        .getJsonObject("read")
        .getDouble("iops");
  }
}
