package io.backpack.cli.client;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;

/**
 * How far long work is, on standard error: a bar with rate and time left on a terminal, a line
 * every ten seconds elsewhere. Safe for use by any thread.
 */
public final class Progress implements AutoCloseable {
  private static final long LINE_NANOS = Duration.ofSeconds(10).toNanos();
  private static final long MIB = 1 << 20;

  /** Of photos or bytes, when nobody knows. */
  public static final long UNKNOWN = -1;

  private final PrintWriter err;
  private final String what;
  private final long totalBytes;
  private final long total;
  private final long started = System.nanoTime();
  private final ProgressBar bar;
  private long lastLine = started;
  private long bytes;
  private long count;

  /**
   * @param terminal whether standard error is one
   * @param total photos, of {@code totalBytes} together; either may be {@link #UNKNOWN}. Of one
   *     photo nothing is shown
   */
  public Progress(PrintWriter err, boolean terminal, String what, long total, long totalBytes) {
    this.err = err;
    this.what = what;
    this.total = total;
    this.totalBytes = totalBytes;
    this.bar =
        terminal && shown()
            ? ProgressBar.builder()
                .setTaskName(what)
                .setInitialMax(totalBytes)
                .setUnit(" MiB", MIB)
                .showSpeed()
                .setConsumer(new ConsoleProgressBarConsumer(System.err))
                .build()
            : null;
  }

  private boolean shown() {
    return total > 1 || total == UNKNOWN;
  }

  /** Whether standard error goes to a terminal, by what the kernel says of it. */
  public static boolean onTerminal() {
    try {
      String device = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return device.startsWith("/dev/pts/") || device.startsWith("/dev/tty");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  /** One more photo is done, of so many bytes. */
  public synchronized void done(long size) {
    count++;
    at(bytes + size);
  }

  /** So many bytes are done; never less than before. */
  public synchronized void at(long done) {
    bytes = Math.max(bytes, done);
    if (bar != null) {
      bar.stepTo(bytes);
      if (count > 0) {
        bar.setExtraMessage(total == UNKNOWN ? " " + count : " " + count + "/" + total);
      }
    } else if (shown() && System.nanoTime() - lastLine >= LINE_NANOS) {
      lastLine = System.nanoTime();
      print(lastLine);
    }
  }

  private void print(long now) {
    err.println(line(now - started));
    err.flush();
  }

  private String line(long nanos) {
    double seconds = Math.max(0.001, nanos / 1e9);
    StringBuilder line = new StringBuilder(what).append(":");
    boolean photos = count > 0 || total != UNKNOWN;
    if (photos) {
      line.append(total == UNKNOWN ? " " + count : " " + count + " of " + total).append(" photos,");
    }
    line.append(String.format(Locale.ROOT, " %.1f", (double) bytes / MIB));
    if (totalBytes != UNKNOWN) {
      line.append(String.format(Locale.ROOT, " of %.1f", (double) totalBytes / MIB));
    }
    line.append(" MiB,");
    if (photos) {
      line.append(String.format(Locale.ROOT, " %.0f photos/s,", count / seconds));
    }
    line.append(String.format(Locale.ROOT, " %.1f MiB/s", bytes / seconds / MIB));
    if (totalBytes != UNKNOWN) {
      long left = bytes == 0 ? 0 : Math.round((totalBytes - bytes) * seconds / bytes);
      line.append(", ").append(Math.max(0, left)).append(" s left");
    }
    return line.toString();
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
    } else if (shown()) {
      print(System.nanoTime());
    }
  }
}
