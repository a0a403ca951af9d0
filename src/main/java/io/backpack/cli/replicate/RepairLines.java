package io.backpack.cli.replicate;

import io.backpack.api.DataSize;
import io.backpack.cli.CliException;
import io.backpack.cli.RepairText;
import io.vertx.core.json.JsonObject;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.List;
import java.util.stream.Collectors;

/**
 * How far nodes are with their repair, on standard error: one line that changes on a terminal, a
 * line every ten seconds elsewhere.
 */
final class RepairLines implements AutoCloseable {
  private static final long LINE_NANOS = Duration.ofSeconds(10).toNanos();
  private static final long FIRST_POLL_MILLIS = 50;
  private static final long POLL_MILLIS = 1000;

  private final PrintWriter err;
  private final boolean terminal;
  private long lastLine = System.nanoTime();
  private int width;

  RepairLines(PrintWriter err, boolean terminal) {
    this.err = err;
    this.terminal = terminal;
  }

  /** Waits until all have ended. */
  void follow(List<NodeRound> rounds) {
    for (long wait = FIRST_POLL_MILLIS; ; wait = Math.min(2 * wait, POLL_MILLIS)) {
      rounds.forEach(NodeRound::poll);
      if (rounds.stream().allMatch(NodeRound::ended)) {
        return;
      }
      show(rounds);
      try {
        Thread.sleep(wait);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CliException(CliException.FAILED, "interrupted; the nodes go on");
      }
    }
  }

  private void show(List<NodeRound> rounds) {
    if (!terminal && System.nanoTime() - lastLine < LINE_NANOS) {
      return;
    }
    lastLine = System.nanoTime();
    String line =
        rounds.stream()
            .filter(round -> !round.ended())
            .map(round -> "node " + round.id() + " " + text(round.status()))
            .collect(Collectors.joining("; "));
    if (terminal) {
      String padded = line + " ".repeat(Math.max(0, width - line.length()));
      width = line.length();
      err.print("\r" + padded);
    } else {
      err.println(line);
    }
    err.flush();
  }

  private static String text(JsonObject status) {
    Number rate = status.getNumber("rate");
    return RepairText.of(status)
        + (rate == null ? "" : ", " + new DataSize(rate.longValue()).forPeople() + "/s");
  }

  /** Leaves the terminal at the beginning of an empty line. */
  @Override
  public void close() {
    if (terminal && width > 0) {
      err.print("\r" + " ".repeat(width) + "\r");
      err.flush();
    }
  }
}
