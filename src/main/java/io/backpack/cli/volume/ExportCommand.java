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
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volume export}. */
@Command(
    name = "export",
    description = {
      "Writes the live photos of volumes into a tar archive, in the order of the disk.",
      "Only reads: the node may run; the archive then holds what was stored when it began.",
      "Ends with 4 when damaged photos had to be left out; the archive lists them."
    })
final class ExportCommand extends VolumeTool {
  private static final String STANDARD_OUTPUT = "-";
  private static final int BUFFER = 1 << 20;

  @Parameters(arity = "0..*", paramLabel = "VOLUME", description = "Which; all without one.")
  private List<String> volumes = List.of();

  @Option(
      names = {"-o", "--output"},
      required = true,
      paramLabel = "FILE",
      description = "The archive; - is the standard output.")
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
    try (StoreReader reader = open(options)) {
      if (!reader.complete() && !incomplete) {
        throw new CliException(
            CliException.FAILED,
            "name all directories of the node: what was deleted in a missing one looks alive here"
                + " (--incomplete exports it all the same)");
      }
      List<VolumeInfo> chosen = choose(reader, volumes);
      ScratchIndex index = ScratchIndex.of(reader, Pace.UNLIMITED);
      PhotosRead read =
          output.equals(STANDARD_OUTPUT)
              ? write(reader, index, chosen, System.out)
              : writeFile(reader, index, chosen, Path.of(output));
      summary(read);
      return read.whole() ? 0 : CliException.PARTLY;
    }
  }

  /** Under another name first: a file with the name that was asked for is whole. */
  private PhotosRead writeFile(
      StoreReader reader, ScratchIndex index, List<VolumeInfo> chosen, Path file)
      throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      try (OutputStream out = Files.newOutputStream(file)) { // A pipe or a tape.
        return write(reader, index, chosen, out);
      }
    }
    boolean whole = false;
    try {
      PhotosRead read;
      try (OutputStream out = Files.newOutputStream(part)) {
        read = write(reader, index, chosen, out);
      }
      try (FileChannel written = FileChannel.open(part, StandardOpenOption.WRITE)) {
        written.force(true);
      }
      Files.move(part, file, StandardCopyOption.REPLACE_EXISTING);
      whole = true;
      return read;
    } finally {
      if (!whole) {
        Files.deleteIfExists(part);
      }
    }
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

  private void summary(PhotosRead read) {
    JsonObject summary =
        new JsonObject()
            .put("photos", read.photos())
            .put("bytes", read.bytes())
            .put("damaged", read.damaged())
            .put("not_indexed", read.unindexed());
    String line =
        json
            ? summary.encode()
            : read.photos()
                + " photos, "
                + read.bytes()
                + " bytes"
                + (read.whole() ? "" : "; " + read.damaged() + " damaged places left out");
    if (output.equals(STANDARD_OUTPUT)) {
      warn(line);
    } else {
      print(line);
    }
  }
}
