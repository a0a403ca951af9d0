package io.backpack.cli.replicate;

import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.cli.CliException;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Server;
import io.backpack.http.HttpStoreFactory;
import io.backpack.http.HttpStoreSettings;
import io.backpack.queue.CopyTask;
import io.backpack.queue.RedisCopyQueue;
import io.vertx.core.Vertx;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code replicate push}. */
@Command(
    name = "push",
    description = "Queues the copy of a photo, or of its delete, to one node; or those of many.")
final class PushCommand extends QueueCommand {
  private static final String STANDARD_INPUT = "-";

  @ArgGroup(multiplicity = "1")
  private What what;

  /** One photo, or a file with many. */
  private static final class What {
    @Parameters(
        arity = "0..1",
        paramLabel = "SHARD:NAME",
        description = "The photo, as 1:cat.jpg; or the path of its URL, as /1:my%%20cat.jpg.")
    private String photo;

    @Option(
        names = "--names",
        paramLabel = "FILE",
        description = "The photos of a file, one a line, empty lines aside; - for standard input.")
    private String names;
  }

  @Option(
      names = "--to",
      required = true,
      paramLabel = "NODE",
      description = "The node that is to have it.")
  private String to;

  @Option(
      names = "--from",
      paramLabel = "NODE",
      split = ",",
      description = "Nodes that have it. Default: the other nodes of the shard.")
  private List<String> from = List.of();

  @Override
  int run(Vertx vertx, ClusterMap map, RedisCopyQueue queue) {
    TaskFinder finder = new TaskFinder(map, nodes(vertx));
    if (what.names != null) {
      try (BufferedReader lines = open(what.names)) {
        Pushes pushes =
            new Pushes(
                name -> finder.find(parse(name), to, from).compose(queue::push),
                this::await,
                err());
        return pushes.run(lines);
      } catch (NoSuchFileException e) {
        throw new CliException(CliException.NOT_FOUND, "there is no file " + what.names);
      } catch (IOException e) {
        throw new CliException(CliException.FAILED, what.names + ": " + e.getMessage());
      }
    }
    CopyTask task = await(finder.find(parse(what.photo), to, from));
    await(queue.push(task));
    print(
        (task.tombstone() ? "queued the delete of " : "queued ")
            + what.photo
            + " (version "
            + task.version()
            + ") from "
            + String.join(", ", task.from())
            + " to "
            + task.to());
    return 0;
  }

  private static BufferedReader open(String file) throws IOException {
    InputStream in = STANDARD_INPUT.equals(file) ? System.in : Files.newInputStream(Path.of(file));
    // What is not UTF-8 fails as the one name that it is, and not the list.
    return new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
  }

  private static Function<Server, PhotoStore> nodes(Vertx vertx) {
    HttpStoreFactory stores = HttpStoreFactory.of(vertx, HttpStoreSettings.DEFAULT);
    return server -> server.original() ? stores.original(server.url()) : stores.store(server.url());
  }

  static PhotoAddress parse(String text) {
    if (text.startsWith("/")) {
      return PhotoAddress.ofEncoded(text.substring(1));
    }
    int colon = text.indexOf(':');
    if (colon < 1) {
      throw new CliException(CliException.USAGE, "'" + text + "' is not SHARD:NAME");
    }
    return new PhotoAddress(text.substring(0, colon), PhotoName.of(text.substring(colon + 1)));
  }
}
