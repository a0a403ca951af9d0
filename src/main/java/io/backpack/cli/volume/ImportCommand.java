package io.backpack.cli.volume;

import io.backpack.api.PhotoStore;
import io.backpack.cli.CliException;
import io.backpack.http.HttpPhotoStore;
import io.backpack.http.HttpStoreSettings;
import io.backpack.node.OfflineProcess;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volume import}. */
@Command(
    name = "import",
    description = {
      "Stores the photos of a directory tree or a tar archive, into a node that is stopped"
          + " (--config) or through a server (--url).",
      "May be repeated when it was interrupted: what is stored already is unchanged.",
      "Photos that 'volume export' wrote keep their versions in a node; what is newer there, or was"
          + " deleted since, stays so.",
      "Ends with 4 when some could not be stored."
    })
final class ImportCommand extends VolumeTool {
  private static final String STANDARD_INPUT = "-";
  private static final int BUFFER = 1 << 20;
  private static final int MAX_CONCURRENCY = 1000;

  @Parameters(
      paramLabel = "SOURCE",
      description = "A directory, a tar archive, or - for an archive on the standard input.")
  private String source;

  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "A coordinator or node to store through, instead of --config.")
  private String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "File with the write token for --url.")
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
    if (!source.equals(STANDARD_INPUT) && !Files.exists(Path.of(source))) {
      throw new CliException(CliException.NOT_FOUND, "there is no " + source);
    }
    return url == null ? intoNode(options) : throughServer();
  }

  private int intoNode(StoreOptions options) throws IOException {
    try (OfflineProcess process =
        OfflineProcess.open(
            options.configuration(), options.settings(), OfflineProcess.Purpose.STORE)) {
      PhotoStore store = process.ready(recovering -> {}).store();
      long largest = options.settings().http().maxPhotoSize();
      return run(new Importer(store, process.vertx(), concurrency, largest, !asNew, this::warn));
    }
  }

  private int throughServer() throws IOException {
    String token = tokenFile == null ? environmentToken() : Files.readString(tokenFile).strip();
    Vertx vertx = Vertx.vertx();
    try {
      HttpStoreSettings defaults = HttpStoreSettings.DEFAULT;
      PhotoStore store =
          HttpPhotoStore.create(
              vertx,
              url,
              new HttpStoreSettings(
                  defaults.connectTimeout(),
                  defaults.requestTimeout(),
                  concurrency,
                  2 * concurrency,
                  token));
      return run(new Importer(store, vertx, concurrency, Importer.MAX_PHOTO, false, this::warn));
    } catch (IllegalArgumentException e) {
      throw new CliException(CliException.USAGE, "'" + url + "' is not the URL of a server");
    } finally {
      OfflineProcess.await(vertx.close());
    }
  }

  private static String environmentToken() {
    String token = System.getenv("BACKPACK_TOKEN");
    return token == null ? "" : token.strip();
  }

  private int run(Importer importer) throws IOException {
    try {
      feed(importer);
    } catch (IOException e) {
      importer.finish(); // What was begun is stored all the same.
      throw e;
    }
    Importer.Counts counts = importer.finish();
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

  private void feed(Importer importer) throws IOException {
    if (!source.equals(STANDARD_INPUT) && Files.isDirectory(Path.of(source))) {
      new TreeSource(Path.of(source), prefix).feed(importer);
      return;
    }
    try (InputStream in =
        source.equals(STANDARD_INPUT)
            ? System.in
            : new BufferedInputStream(Files.newInputStream(Path.of(source)), BUFFER)) {
      new TarSource(in, prefix).feed(importer);
    }
  }
}
