package io.backpack.cli.client;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.cli.CliException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.file.OpenOptions;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * {@code get}. The photo first goes to a temporary file, while its checksum is compared; what
 * appears under the wanted name, or on the standard output, is whole and right.
 */
@Command(name = "get", description = "Reads a photo into a file.")
public final class GetCommand implements Runnable {
  private static final String STANDARD_OUTPUT = "-";

  @Mixin private ServerOptions server;

  @Parameters(paramLabel = "ADDRESS", description = "The path that put printed, as /1:a.jpg.")
  private String address;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FILE",
      description = {
        "Where to write, - for the standard output. Default: the last part of the name, in the"
            + " current directory, if no such file exists."
      })
  private String output;

  @Override
  public void run() {
    PhotoAddress asked = ClientSession.address(address);
    boolean standardOutput = STANDARD_OUTPUT.equals(output);
    Path target = standardOutput ? null : target(asked);
    if (output == null && Files.exists(target)) {
      throw exists(target.toString());
    }
    try (ClientSession session = new ClientSession(server, 1)) {
      Path part = temporary(target);
      try {
        ClientSession.await(
            session
                .store()
                .get(asked, GetOptions.DEFAULT)
                .compose(photo -> write(session.vertx(), photo, part)));
        if (standardOutput) {
          Files.copy(part, System.out);
          System.out.flush();
        } else {
          publish(part, target);
        }
      } finally {
        Files.deleteIfExists(part);
      }
    } catch (BackpackException e) {
      throw ClientSession.answer(asked.path(), e);
    } catch (FileAlreadyExistsException e) {
      throw exists(e.getFile());
    } catch (IOException e) {
      throw new CliException(
          CliException.FAILED,
          "cannot write " + (target == null ? "the output" : target) + ": " + e);
    }
  }

  private static CliException exists(String file) {
    return new CliException(
        CliException.FAILED, file + " exists; name the file to be replaced with -o");
  }

  private Path target(PhotoAddress asked) {
    if (output != null) {
      return Path.of(output).toAbsolutePath();
    }
    String name = asked.name().value();
    return Path.of(name.substring(name.lastIndexOf('/') + 1)).toAbsolutePath();
  }

  private static Path temporary(Path target) throws IOException {
    Path part =
        target == null
            ? Files.createTempFile("backpack-", ".part")
            : Files.createTempFile(target.getParent(), ".backpack-", ".part");
    part.toFile().deleteOnExit();
    return part;
  }

  private static Future<Void> write(Vertx vertx, Photo photo, Path part) {
    return vertx
        .fileSystem()
        .open(part.toString(), new OpenOptions().setWrite(true).setTruncateExisting(true))
        .onFailure(failure -> photo.discard())
        .compose(file -> photo.body().pipeTo(file))
        .compose(nothing -> checkLength(vertx, photo, part));
  }

  private static Future<Void> checkLength(Vertx vertx, Photo photo, Path part) {
    return vertx
        .fileSystem()
        .props(part.toString())
        .compose(
            props ->
                props.size() == photo.range().length()
                    ? Future.succeededFuture()
                    : Future.failedFuture(
                        new BackpackException(
                            ErrorCode.UNAVAILABLE,
                            props.size() + " of " + photo.range().length() + " bytes came")));
  }

  private void publish(Path part, Path target) throws IOException {
    try (FileChannel channel = FileChannel.open(part, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
    if (output == null) {
      Files.move(part, target);
    } else {
      Files.move(part, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
  }
}
