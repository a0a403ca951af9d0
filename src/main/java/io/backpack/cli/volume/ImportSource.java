package io.backpack.cli.volume;

import io.backpack.cli.client.Progress;
import java.io.BufferedInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;

/**
 * Where photos are imported from, and how much that is.
 *
 * @param source as it was typed
 * @param prefix before each name
 * @param photos or {@link Progress#UNKNOWN}
 * @param bytes of the photos, or of the archive; or {@link Progress#UNKNOWN}
 */
record ImportSource(String source, String prefix, long photos, long bytes) {
  static final String STANDARD_INPUT = "-";
  private static final int BUFFER = 1 << 20;

  /** Looks at it; goes through a whole tree, which takes a small part of the time of reading it. */
  static ImportSource of(String source, String prefix) throws IOException {
    if (source.equals(STANDARD_INPUT)) {
      return new ImportSource(source, prefix, Progress.UNKNOWN, Progress.UNKNOWN);
    }
    Path path = Path.of(source);
    if (!Files.isDirectory(path)) {
      long length = Files.isRegularFile(path) ? Files.size(path) : Progress.UNKNOWN;
      return new ImportSource(source, prefix, Progress.UNKNOWN, length);
    }
    long[] sum = {0, 0};
    Files.walkFileTree(
        path.toRealPath(),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            sum[0]++;
            sum[1] += attributes.size();
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException why) {
            return FileVisitResult.CONTINUE; // It is told when it is to be imported.
          }
        });
    return new ImportSource(source, prefix, sum[0], sum[1]);
  }

  /** Whether progress is how much of the source was read, and not how much was stored. */
  boolean sized() {
    return photos == Progress.UNKNOWN && bytes != Progress.UNKNOWN;
  }

  /** Gives all of it to an importer; blocks while that is busy. */
  void feed(Importer importer, Progress progress) throws IOException {
    if (!source.equals(STANDARD_INPUT) && Files.isDirectory(Path.of(source))) {
      new TreeSource(Path.of(source), prefix).feed(importer);
      return;
    }
    try (InputStream in =
        source.equals(STANDARD_INPUT)
            ? System.in
            : new BufferedInputStream(
                new Watched(Files.newInputStream(Path.of(source)), progress, sized()), BUFFER)) {
      new TarSource(in, prefix).feed(importer);
    }
  }

  /** Tells how much was read. */
  private static final class Watched extends FilterInputStream {
    private final Progress progress;
    private final boolean tells;
    private long read;

    Watched(InputStream in, Progress progress, boolean tells) {
      super(in);
      this.progress = progress;
      this.tells = tells;
    }

    @Override
    public int read(byte[] into, int from, int length) throws IOException {
      int count = super.read(into, from, length);
      moved(count);
      return count;
    }

    @Override
    public long skip(long bytes) throws IOException {
      long count = super.skip(bytes);
      moved(count);
      return count;
    }

    private void moved(long count) {
      if (count > 0 && tells) {
        read += count;
        progress.at(read);
      }
    }
  }
}
