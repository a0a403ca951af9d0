package io.backpack.cli.volume;

import io.backpack.archive.ArchiveReader;
import io.backpack.archive.ArchivedPhoto;
import io.backpack.archive.PhotoArchive;
import io.backpack.cli.client.Progress;
import io.vertx.core.json.JsonObject;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Copies the archives that a running node makes of its volumes, and reads them on the way. */
final class RemoteExport {
  private static final int BUFFER = 1 << 20;

  private final NodeClient client;
  private final Progress progress;
  private long photos;
  private long bytes;
  private long copied;
  private boolean leftOut;

  RemoteExport(NodeClient client, Progress progress) {
    this.client = client;
    this.progress = progress;
  }

  /** Each volume to a file of its own in a directory. */
  void toDirectory(List<JsonObject> volumes, Path directory) throws IOException {
    for (JsonObject volume : volumes) {
      String id = NodeClient.id(volume);
      toFile(id, directory.resolve("volume-" + id + ".tar"));
    }
  }

  /** One volume to a file. */
  void toFile(String volume, Path file) throws IOException {
    WholeFile.write(
        file,
        out -> {
          copy(volume, out);
          return volume;
        });
  }

  /**
   * One volume.
   *
   * @throws io.backpack.cli.CliException when the node breaks off
   */
  void copy(String volume, OutputStream out) throws IOException {
    BufferedOutputStream buffered = new BufferedOutputStream(out, BUFFER);
    try (InputStream in = new Copied(client.archive(volume), buffered);
        ArchiveReader archive = new ArchiveReader(in, this::noPhoto)) {
      for (Optional<ArchivedPhoto> next = archive.next(); next.isPresent(); next = archive.next()) {
        photos++;
        bytes += next.get().size();
      }
      // What stands behind the end of a tar belongs to its last block.
      in.skip(Long.MAX_VALUE);
    }
    buffered.flush();
  }

  private void noPhoto(String entry, String why) {
    leftOut |= entry.equals(PhotoArchive.LEFT_OUT);
  }

  long photos() {
    return photos;
  }

  long bytes() {
    return bytes;
  }

  /** Whether an archive lists something that could not be read. */
  boolean leftOut() {
    return leftOut;
  }

  /** All that is read from it, or skipped, is written to the output. */
  private final class Copied extends InputStream {
    private final InputStream in;
    private final OutputStream out;
    private final byte[] one = new byte[1];

    Copied(InputStream in, OutputStream out) {
      this.in = in;
      this.out = out;
    }

    @Override
    public int read() throws IOException {
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int count = in.read(into, from, length);
      if (count > 0) {
        out.write(into, from, count);
        copied += count;
        progress.at(copied);
      }
      return count;
    }

    @Override
    public void close() throws IOException {
      in.close();
    }
  }
}
