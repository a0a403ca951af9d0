package io.backpack.bench;

import io.backpack.bench.Comparison.Side;
import java.io.IOException;
import java.util.List;

/** Rows: GET of photos that are in memory somewhere. */
final class WarmReads {
  private static final String CACHED = "-open-file-cache";
  private static final String PHOTO_CACHE = "storage.photo-cache";

  private WarmReads() {}

  static List<Row> rows() {
    String how = "wrk, 64 connections, random names of the warm set, nginx and the node in turn. ";
    return List.of(
        Row.of(
            "warm-get",
            "warm GET, default settings, verified by checksum / nginx static",
            "",
            Goal.atLeast(1.1),
            how + "Default settings.",
            (bench, out) -> compare(bench, out, previews(bench))),
        cached("warm-get", "warm GET, default settings / nginx with open_file_cache"),
        Row.of(
            "warm-get-page-cache",
            "warm GET, page cache only (photo cache off, location cached), verified / nginx static",
            "",
            Goal.atLeast(0.9),
            how + "The node runs with `" + PHOTO_CACHE + ": 0`.",
            (bench, out) -> compare(bench, out, previews(bench), withoutPhotoCache())),
        cached("warm-get-page-cache", "warm GET, page cache only / nginx with open_file_cache"),
        Row.of(
            "warm-get-redis",
            "warm GET, every look-up in Redis / nginx static",
            "",
            Goal.atLeast(0.6),
            how
                + "The node runs with `storage.location-cache: 0` and `"
                + PHOTO_CACHE
                + ": 0`, so that every GET asks Redis and reads the volume.",
            (bench, out) -> compare(bench, out, previews(bench), inRedis())),
        cached("warm-get-redis", "warm GET, every look-up in Redis / nginx with open_file_cache"),
        Row.told(
            "warm-get-100kb",
            "warm GET, photos of 100 KB on average, default settings / nginx static",
            "",
            how + "Sizes lognormal with 100 KB on average.",
            (bench, out) -> compare(bench, out, large(bench))));
  }

  private static Row cached(String row, String title) {
    return Row.told(
        row + CACHED,
        title,
        "",
        "The same run as `"
            + row
            + "`: nginx once more, with open_file_cache for as many files"
            + " as it may hold open.",
        (bench, out) -> {
          if (bench.remembered(row).isEmpty()) {
            String settings = row.substring("warm-get".length());
            compare(
                bench,
                new Recorder(row, bench.options().quick, line -> {}),
                previews(bench),
                settings.isEmpty()
                    ? new String[0]
                    : settings.equals("-redis") ? inRedis() : withoutPhotoCache());
          }
          out.scale(scale(bench, previews(bench)));
          bench.remembered(row).orElseThrow().forEach(out::figure);
        });
  }

  static Photos previews(Bench bench) {
    return Photos.previews("warm", bench.options().warm());
  }

  private static Photos large(Bench bench) {
    return Photos.large("large", bench.options().quick ? 500 : 3_000);
  }

  static String[] withoutPhotoCache() throws IOException {
    return Bench.knows(PHOTO_CACHE) ? new String[] {PHOTO_CACHE + "=0"} : new String[0];
  }

  private static String[] inRedis() throws IOException {
    return Bench.knows(PHOTO_CACHE)
        ? new String[] {PHOTO_CACHE + "=0", "storage.location-cache=0"}
        : new String[] {"storage.location-cache=0"};
  }

  private static String scale(Bench bench, Photos photos) {
    return Figures.count(photos.count()) + " photos, " + bench.slices();
  }

  private static void compare(Bench bench, Recorder out, Photos photos, String... settings)
      throws IOException {
    Site site = bench.site(photos);
    Node node = bench.node(site.store(), settings);
    Wrk.Job job = Wrk.Job.get(photos, Bench.CONNECTIONS, bench.options().seconds());
    out.scale(scale(bench, photos));
    List<List<Load>> all =
        new Comparison(
                bench,
                out,
                job,
                Side.of(node),
                Side.of(site.nginx()),
                new Side(
                    "with open_file_cache",
                    site.nginx().cachedUrl(),
                    List.of(site.nginx().cachedPid())))
            .warmUp()
            .ratios(node.pid());
    bench.remember(
        out.row(), all.stream().map(loads -> loads.get(0).rate() / loads.get(2).rate()).toList());
  }
}
