package io.backpack.cli.volume;

import io.backpack.api.PhotoStore;
import io.backpack.cli.CliException;
import io.backpack.cli.client.Progress;
import io.backpack.cli.client.Servers;
import io.backpack.http.HttpPhotoStore;
import io.backpack.http.HttpStoreSettings;
import io.backpack.node.OfflineProcess;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.function.LongConsumer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volume import}. */
@Command(
    name = "import",
    description = {
      "Stores the photos of a directory tree or a tar archive, into a node that is stopped"
          + " (--config, --data) or through a server (--url).",
      "May be repeated when it was interrupted: what is stored already is unchanged.",
      "Photos that 'volume export' wrote keep their versions in a node; what is newer there, or was"
          + " deleted since, stays so.",
      "Ends with 4 when some could not be stored."
    })
final class ImportCommand extends VolumeTool {
  private static final int MAX_CONCURRENCY = 1000;

  @Parameters(
      paramLabel = "SOURCE",
      description = "A directory, a tar archive, or - for an archive on the standard input.")
  private String source;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "A coordinator or node to store through; instead of --config and --data.")
  private String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "File with the write token for --url; without it, BACKPACK_TOKEN is the token.")
  private Path tokenFile;

  @Option(
      names = "--prefix",
      paramLabel = "PREFIX",
      defaultValue = "",
      description = "Stands before every name, as albums/7/")
  private String prefix;

  @Option(
      names = "--as-new",
      description = "Photos of an export get new versions, as uploads do. Always so with --url.")
  private boolean asNew;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      defaultValue = "32",
      description = "Photos that are stored at a time. Default: 32")
  private int concurrency;

  @Option(names = "--json", description = "Prints the summary as JSON.")
  private boolean json;

  @Override
  int execute(StoreOptions options) throws IOException {
    if (concurrency < 1 || concurrency > MAX_CONCURRENCY) {
      throw new CliException(CliException.USAGE, "--concurrency is 1 to " + MAX_CONCURRENCY);
    }
    if (!source.equals(ImportSource.STANDARD_INPUT) && !Files.exists(Path.of(source))) {
      throw new CliException(CliException.NOT_FOUND, "there is no " + source);
    }
    if (url != null && options.given()) {
      throw new CliException(
          CliException.USAGE, "--url is instead of --data and --config, not with them");
    }
    return url == null ? intoNode(options) : throughServer(Servers.url(url));
  }

  private int intoNode(StoreOptions options) throws IOException {
    try (OfflineProcess process = options.open(OfflineProcess.Purpose.STORE)) {
      PhotoStore store = process.ready(catchUp()).store();
      long largest = process.settings().http().maxPhotoSize();
      return run(
          counted ->
              new Importer(
                  store, process.vertx(), concurrency, largest, !asNew, this::warn, counted));
    }
  }

  private int throughServer(String server) throws IOException {
    String token = Servers.token(tokenFile, System.getenv("BACKPACK_TOKEN"));
    Vertx vertx = Vertx.vertx();
    try {
      HttpStoreSettings defaults = HttpStoreSettings.DEFAULT;
      PhotoStore store =
          HttpPhotoStore.create(
              vertx,
              server,
              new HttpStoreSettings(
                  defaults.connectTimeout(),
                  defaults.requestTimeout(),
                  concurrency,
                  2 * concurrency,
                  token));
      return run(
          counted ->
              new Importer(
                  store, vertx, concurrency, Importer.MAX_PHOTO, false, this::warn, counted));
    } finally {
      OfflineProcess.await(vertx.close());
    }
  }

  private int run(Function<LongConsumer, Importer> making) throws IOException {
    Importer.Counts counts;
    ImportSource from = ImportSource.of(source, prefix);
    try (Progress progress = progress("import", from.photos(), from.bytes())) {
      Importer importer = making.apply(from.sized() ? size -> progress.done(0) : progress::done);
      try {
        from.feed(importer, progress);
      } catch (IOException e) {
        importer.finish(); // What was begun is stored all the same.
        throw e;
      }
      counts = importer.finish();
    }
    JsonObject summary =
        new JsonObject()
            .put("stored", counts.stored())
            .put("unchanged", counts.unchanged())
            .put("older", counts.older())
            .put("failed", counts.failed())
            .put("bytes", counts.bytes());
    print(
        json
            ? summary.encode()
            : counts.stored()
                + " stored, "
                + counts.unchanged()
                + " unchanged, "
                + counts.older()
                + " older than what is stored, "
                + counts.failed()
                + " failed");
    if (counts.failed() == 0) {
      return 0;
    }
    boolean some = counts.stored() + counts.unchanged() + counts.older() > 0;
    return some ? CliException.PARTLY : CliException.FAILED;
  }
}
