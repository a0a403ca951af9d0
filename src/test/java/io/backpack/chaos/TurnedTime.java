package io.backpack.chaos;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/** The time of day of a machine whose clock is off by what a file says. */
public final class TurnedTime {
  private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(200);

  private static volatile Path file;
  private static volatile long lookedNanos;
  private static volatile long offMillis;

  private TurnedTime() {}

  static void goBy(Path seconds) {
    file = seconds;
    look(System.nanoTime());
  }

  /** What the clock shows. */
  public static long millis(InstantSource source) {
    long now = System.nanoTime();
    if (now - lookedNanos > LOOK_NANOS) {
      look(now);
    }
    return source.millis() + offMillis;
  }

  private static void look(long now) {
    lookedNanos = now;
    try {
      String text = Files.readString(file).strip();
      // Empty while it is being written.
      offMillis = text.isEmpty() ? offMillis : TimeUnit.SECONDS.toMillis(Long.parseLong(text));
    } catch (IOException gone) {
      throw new IllegalStateException(gone);
    }
  }
}
