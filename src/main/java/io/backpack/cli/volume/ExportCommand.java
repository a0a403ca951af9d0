package io.backpack.cli.volume;

import io.backpack.archive.PhotoArchive;
import io.backpack.cli.CliException;
import io.backpack.cli.client.Progress;
import io.backpack.volume.Damage;
import io.backpack.volume.Pace;
import io.backpack.volume.PhotoVisitor;
import io.backpack.volume.PhotosRead;
import io.backpack.volume.ScratchIndex;
import io.backpack.volume.StoreReader;
import io.backpack.volume.StoredNeedle;
import io.backpack.volume.VolumeInfo;
import io.vertx.core.json.JsonObject;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volume export}. */
@Command(
    name = "export",
    description = {
      "Writes the live photos of volumes into a tar archive, in the order of the disk.",
      "Only reads: the node may run; the archive then holds what was stored when it began.",
      "With --url a running node makes the archive of one volume, or of each where the output is a"
          + " directory.",
      "Ends with 4 when damaged photos had to be left out; the archive lists them."
    })
final class ExportCommand extends VolumeTool {
  private static final String STANDARD_OUTPUT = "-";
  private static final int BUFFER = 1 << 20;

  @Mixin private RemoteOptions remote;

  @Parameters(arity = "0..*", paramLabel = "VOLUME", description = "Which; all without one.")
  private List<String> volumes = List.of();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "The archive; - is the standard output. With --url also a directory.")
  private String output;

  @Option(
      names = "--incomplete",
      description =
          "Exports although directories of the node are missing: photos that were deleted there"
              + " come back.")
  private boolean incomplete;

  @Option(
      names = "--json",
      description = "Prints the summary as JSON, on standard error with -o -.")
  private boolean json;

  @Override
  int execute(StoreOptions options) throws IOException {
    if (remote(remote)) {
      return throughNode(remote.client());
    }
    try (StoreReader reader = open(options)) {
      if (!reader.complete() && !incomplete) {
        throw new CliException(
            CliException.FAILED,
            "name all directories of the node: what was deleted in a missing one looks alive here"
                + " (--incomplete exports it all the same)");
      }
      List<VolumeInfo> chosen = choose(reader.volumes(), volumes);
      ScratchIndex index = scratchIndex(reader);
      PhotosRead read =
          output.equals(STANDARD_OUTPUT)
              ? write(reader, index, chosen, System.out)
              : WholeFile.write(Path.of(output), out -> write(reader, index, chosen, out));
      summary(read.photos(), read.bytes(), read.damaged(), read.unindexed());
      return read.whole() ? 0 : CliException.PARTLY;
    }
  }

  private int throughNode(NodeClient client) throws IOException {
    List<JsonObject> chosen = client.choose(volumes);
    Path directory = Path.of(output);
    boolean each = Files.isDirectory(directory);
    if (!each && chosen.size() != 1) {
      throw new CliException(
          CliException.USAGE,
          "with --url an archive has one volume: name it, or let -o be a directory for all");
    }
    long bytes = chosen.stream().mapToLong(volume -> volume.getLong("size")).sum();
    RemoteExport export;
    try (Progress progress = progress("export", bytes)) {
      export = new RemoteExport(client, progress);
      if (each) {
        export.toDirectory(chosen, directory);
      } else if (output.equals(STANDARD_OUTPUT)) {
        export.copy(NodeClient.id(chosen.get(0)), System.out);
      } else {
        export.toFile(NodeClient.id(chosen.get(0)), directory);
      }
    }
    summary(export.photos(), export.bytes(), export.leftOut() ? 1 : 0, 0);
    return export.leftOut() ? CliException.PARTLY : 0;
  }

  private PhotosRead write(
      StoreReader reader, ScratchIndex index, List<VolumeInfo> chosen, OutputStream out)
      throws IOException {
    PhotosRead all = PhotosRead.none();
    BufferedOutputStream buffered = new BufferedOutputStream(out, BUFFER);
    try (Progress progress = progress("export", chosen)) {
      PhotoArchive archive = new PhotoArchive(buffered, index.names());
      PhotoVisitor counted = counted(archive, progress);
      for (VolumeInfo each : chosen) {
        all = all.plus(reader.photos(each.id(), index, Pace.UNLIMITED, counted));
      }
      archive.finish(all);
    }
    buffered.flush();
    return all;
  }

  private static PhotoVisitor counted(PhotoArchive archive, Progress progress) {
    return new PhotoVisitor() {
      @Override
      public boolean photo(StoredNeedle photo) throws IOException {
        progress.done(photo.data().remaining());
        return archive.photo(photo);
      }

      @Override
      public void damaged(Damage damage) throws IOException {
        archive.damaged(damage);
      }
    };
  }

  private void summary(long photos, long bytes, long damaged, long unindexed) {
    JsonObject summary =
        new JsonObject()
            .put("photos", photos)
            .put("bytes", bytes)
            .put("damaged", damaged)
            .put("not_indexed", unindexed);
    boolean whole = damaged + unindexed == 0;
    String line =
        json
            ? summary.encode()
            : photos
                + " photos, "
                + bytes
                + " bytes"
                + (whole ? "" : "; " + PhotoArchive.LEFT_OUT + " in the archive lists the rest");
    if (output.equals(STANDARD_OUTPUT)) {
      warn(line);
    } else {
      print(line);
    }
  }
}
