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
   * @param total photos, of {@code totalBytes} together
   */
  public Progress(PrintWriter err, boolean terminal, String what, long total, long totalBytes) {
    this.err = err;
    this.what = what;
    this.total = total;
    this.totalBytes = totalBytes;
    this.bar =
        terminal && total > 1
            ? ProgressBar.builder()
                .setTaskName(what)
                .setInitialMax(totalBytes)
                .setUnit(" MiB", MIB)
                .showSpeed()
                .setConsumer(new ConsoleProgressBarConsumer(System.err))
                .build()
            : null;
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

  /** One more is done. */
  public synchronized void done(long size) {
    bytes += size;
    count++;
    if (bar != null) {
      bar.stepTo(bytes);
      bar.setExtraMessage(count + "/" + total);
    } else if (total > 1 && System.nanoTime() - lastLine >= LINE_NANOS) {
      lastLine = System.nanoTime();
      err.println(line(lastLine - started));
      err.flush();
    }
  }

  private String line(long nanos) {
    double seconds = Math.max(0.001, nanos / 1e9);
    long left = bytes == 0 ? 0 : Math.round((totalBytes - bytes) * seconds / bytes);
    return String.format(
        Locale.ROOT,
        "%s: %d of %d photos, %.1f of %.1f MiB, %.0f photos/s, %.1f MiB/s, %d s left",
        what,
        count,
        total,
        (double) bytes / MIB,
        (double) totalBytes / MIB,
        count / seconds,
        bytes / seconds / MIB,
        left);
  }

  @Override
  public synchronized void close() {
    if (bar != null) {
      bar.close();
    } else if (total > 1) {
      err.println(line(System.nanoTime() - started));
      err.flush();
    }
  }
}
