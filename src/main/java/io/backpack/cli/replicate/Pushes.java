package io.backpack.cli.replicate;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.cli.CliException;
import io.vertx.core.Future;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Queues the copies of many photos whose names are read one after another. What fails is told by
 * name, and the next one goes on; some are under way at a time, and nothing else is kept.
 */
final class Pushes {
  private static final int AT_A_TIME = 32;
  private static final long SECOND = 1_000_000_000L;

  /** Between two lines about how far it is. */
  private static final long LINE_NANOS = 10 * SECOND;

  private record Push(String name, Future<Void> done) {}

  private final Function<String, Future<Void>> push;
  private final Consumer<Future<Void>> await;
  private final PrintWriter err;
  private final Deque<Push> underWay = new ArrayDeque<>();
  private final long begun = System.nanoTime();
  private long lastLine = begun;
  private long queued;
  private long missing;
  private long failed;

  /**
   * @param push queues the copy of one photo; may throw for what is no name
   * @param await waits for it, and throws its failure
   */
  Pushes(Function<String, Future<Void>> push, Consumer<Future<Void>> await, PrintWriter err) {
    this.push = push;
    this.await = await;
    this.err = err;
  }

  /** Works off all lines; returns the exit code. */
  int run(BufferedReader lines) throws IOException {
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.isBlank()) {
        continue;
      }
      if (underWay.size() == AT_A_TIME) {
        settle(underWay.remove());
      }
      underWay.add(new Push(line, begin(line)));
    }
    while (!underWay.isEmpty()) {
      settle(underWay.remove());
    }
    tell();
    if (missing + failed == 0) {
      return 0;
    }
    if (queued > 0) {
      return CliException.PARTLY;
    }
    return failed == 0 ? CliException.NOT_FOUND : CliException.FAILED;
  }

  private Future<Void> begin(String name) {
    try {
      return push.apply(name);
    } catch (BackpackException | CliException bad) {
      return Future.failedFuture(bad);
    }
  }

  private void settle(Push one) {
    try {
      await.accept(one.done());
      queued++;
    } catch (BackpackException | CliException e) {
      err.println("backpack replicate push: " + one.name() + ": " + e.getMessage());
      err.flush();
      boolean unknown =
          e instanceof BackpackException known
              && (known.code() == ErrorCode.NOT_FOUND || known.code() == ErrorCode.UNKNOWN_SHARD);
      missing += unknown ? 1 : 0;
      failed += unknown ? 0 : 1;
    }
    if (System.nanoTime() - lastLine >= LINE_NANOS) {
      lastLine = System.nanoTime();
      tell();
    }
  }

  private void tell() {
    long seconds = Math.max(1, (System.nanoTime() - begun) / SECOND);
    err.println(
        "queued "
            + queued
            + ", not found "
            + missing
            + ", failed "
            + failed
            + ", "
            + (queued + missing + failed) / seconds
            + " a second");
    err.flush();
  }
}
