package io.backpack.cli.client;

import io.backpack.api.BackpackException;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.cli.CliException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicLong;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code put}. */
@Command(
    name = "put",
    description = "Stores photos; prints the path of each, one a line, as it is stored.")
public final class PutCommand implements Callable<Integer> {
  private static final String STANDARD_INPUT = "-";
  private static final int MAX_CONCURRENCY = 1000;

  @Spec private CommandSpec spec;
  @Mixin private ServerOptions server;

  @Parameters(
      arity = "1..*",
      paramLabel = "FILE",
      description = {
        "Files, directories with all that is in them, or - for the standard input (with --name).",
        "A photo is named by its file, in a directory by its path from there."
      })
  private List<String> files;

  @Option(
      names = "--name",
      paramLabel = "NAME",
      description = "Name of the photo, when there is only one.")
  private String name;

  @Option(
      names = "--prefix",
      paramLabel = "PREFIX",
      defaultValue = "",
      description = "Stands before every name, as albums/7/")
  private String prefix;

  @Option(
      names = "--content-type",
      paramLabel = "TYPE",
      defaultValue = "",
      description = "Media type of all of them. Default: decided from the bytes and the name.")
  private String contentType;

  @Option(
      names = "--shard",
      paramLabel = "ID",
      defaultValue = "",
      description = "Stores in this shard, whatever the coordinator would choose.")
  private String shard;

  @Option(
      names = "--concurrency",
      paramLabel = "N",
      defaultValue = "8",
      description = "Uploads that run at a time. Default: 8")
  private int concurrency;

  @Option(names = "--json", description = "Prints a JSON object a line instead of a path.")
  private boolean json;

  private final AtomicLong stored = new AtomicLong();
  private final AtomicLong failed = new AtomicLong();

  @Override
  public Integer call() throws Exception {
    boolean input = files.contains(STANDARD_INPUT);
    if (input && (files.size() > 1 || name == null)) {
      throw usage("the standard input is one photo and needs a --name");
    }
    if (name != null && (files.size() > 1 || !input && Files.isDirectory(Path.of(files.get(0))))) {
      throw usage("--name is for one photo");
    }
    if (concurrency < 1 || concurrency > MAX_CONCURRENCY) {
      throw usage("--concurrency is 1 to " + MAX_CONCURRENCY);
    }
    if (!shard.isEmpty()) {
      try {
        PhotoAddress.checkId("shard", shard);
      } catch (BackpackException e) {
        throw usage(e.getMessage());
      }
    }
    Path spool = input ? spool() : null;
    try (ClientSession session = new ClientSession(server, concurrency)) {
      List<Source> sources =
          input
              ? List.of(new Source(spool, prefix))
              : files.stream().map(file -> new Source(Path.of(file), prefix)).toList();
      put(sources, new Uploads(session, concurrency));
    } finally {
      if (spool != null) {
        Files.deleteIfExists(spool);
      }
    }
    if (failed.get() == 0) {
      return 0;
    }
    return stored.get() == 0 ? CliException.FAILED : CliException.PARTLY;
  }

  private static CliException usage(String why) {
    return new CliException(CliException.USAGE, why);
  }

  /** The standard input has no length, and cannot be read again when an attempt fails. */
  private static Path spool() throws IOException {
    Path spool = Files.createTempFile("backpack-", ".put");
    spool.toFile().deleteOnExit();
    Files.copy(System.in, spool, StandardCopyOption.REPLACE_EXISTING);
    return spool;
  }

  private void put(List<Source> sources, Uploads uploads) throws InterruptedException {
    Counter counter = new Counter();
    sources.forEach(source -> source.visit(counter));
    try (Progress progress =
        new Progress(
            spec.commandLine().getErr(),
            Progress.onTerminal(),
            "put",
            counter.files,
            counter.bytes)) {
      Sender sender = new Sender(uploads, progress);
      for (Source source : sources) {
        source.visit(sender);
      }
      uploads.finish();
    }
    if (uploads.hopeless()) {
      say("given up after these failures");
    }
  }

  /** What there is, so that the time left can be told. Failures show in the second walk. */
  private static final class Counter implements Source.Visitor {
    private long files;
    private long bytes;

    @Override
    public boolean file(Path file, String fileName, long size) {
      files++;
      bytes += size;
      return true;
    }

    @Override
    public void unreadable(Path file, IOException why) {}
  }

  private final class Sender implements Source.Visitor {
    private final Uploads uploads;
    private final Progress progress;

    Sender(Uploads uploads, Progress progress) {
      this.uploads = uploads;
      this.progress = progress;
    }

    @Override
    public boolean file(Path file, String fileName, long size) {
      if (uploads.hopeless()) {
        return false;
      }
      try {
        PhotoAddress address =
            new PhotoAddress(shard, PhotoName.of(name == null ? fileName : prefix + name));
        uploads.begin(
            file,
            size,
            address,
            PutOptions.DEFAULT.withContentType(contentType),
            (photo, failure) -> {
              if (failure == null) {
                tell(file, photo);
              } else {
                fail(file, ClientSession.text(failure));
              }
              progress.done(size);
            });
        return true;
      } catch (BackpackException e) {
        fail(file, ClientSession.text(e));
        return true;
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return false;
      }
    }

    @Override
    public void unreadable(Path file, IOException why) {
      fail(file, "cannot be read: " + why);
    }
  }

  private void tell(Path file, StoredPhoto photo) {
    stored.incrementAndGet();
    String line = photo.address().path();
    if (json) {
      JsonObject object = PhotoJson.of(photo.address(), photo.info());
      line =
          object
              .put("unchanged", photo.unchanged())
              .put("file", files.contains(STANDARD_INPUT) ? STANDARD_INPUT : file.toString())
              .encode();
    }
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }

  private void fail(Path file, String why) {
    failed.incrementAndGet();
    say((files.contains(STANDARD_INPUT) ? "the standard input" : file) + ": " + why);
  }

  private void say(String line) {
    spec.commandLine().getErr().println("backpack put: " + line);
    spec.commandLine().getErr().flush();
  }
}
