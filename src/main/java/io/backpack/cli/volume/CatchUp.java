package io.backpack.cli.volume;

import io.backpack.cli.client.Progress;
import io.vertx.core.json.JsonObject;
import java.util.function.Consumer;

/** Says how far an index is that learns from volumes: every ten seconds, each on a terminal. */
final class CatchUp {
  private static final long LINE_NANOS = 10_000_000_000L;

  private final Consumer<String> out;
  private final long every = Progress.onTerminal() ? LINE_NANOS / 10 : LINE_NANOS;
  private final long started = System.nanoTime();
  private long last = started;

  CatchUp(Consumer<String> out) {
    this.out = out;
  }

  /** Looks at the figures of the index, as {@code /_/stats} shows them. */
  void look(JsonObject index) {
    long now = System.nanoTime();
    JsonObject catchUp = index.getJsonObject("catch_up");
    if (catchUp == null || now - last < every) {
      return;
    }
    last = now;
    long done = catchUp.getLong("done");
    long left = Math.max(0, catchUp.getLong("total") - done);
    long rate = Math.max(1, done * 1_000_000_000L / (now - started));
    out.accept(
        "the index learns from the volumes: "
            + done
            + " needles, "
            + rate
            + " a second, "
            + left / rate
            + " s left");
  }
}
