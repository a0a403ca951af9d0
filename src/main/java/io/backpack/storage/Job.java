package io.backpack.storage;

import io.backpack.volume.Throttle;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One piece of work on a volume, or on some that are merged. Safe for use by any thread; one thread
 * works on it.
 */
final class Job {
  /** What is done. */
  enum Kind {
    VERIFY,
    COMPACT;

    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** How far it is. */
  enum State {
    WAITING,
    RUNNING,
    DONE,
    FAILED
  }

  private final long id;
  private final Kind kind;
  private final List<Integer> volumes;
  private final boolean background;
  private final Instant asked;
  private State state = State.WAITING;
  private long total;
  private Optional<Throttle> progress = Optional.empty();
  private Optional<Instant> started = Optional.empty();
  private Optional<Instant> ended = Optional.empty();
  private JsonObject result = new JsonObject();
  private String reason = "";

  /**
   * @param background nobody asked for it: the scrub, or an automatic compaction
   */
  Job(long id, Kind kind, List<Integer> volumes, boolean background, Instant asked) {
    this.id = id;
    this.kind = kind;
    this.volumes = List.copyOf(volumes);
    this.background = background;
    this.asked = asked;
  }

  Kind kind() {
    return kind;
  }

  List<Integer> volumes() {
    return volumes;
  }

  /** The volume; the first of several. */
  int volume() {
    return volumes.get(0);
  }

  synchronized State state() {
    return state;
  }

  /** Whether a command for the same work need not be queued. */
  synchronized boolean answers(Kind wanted, int id) {
    boolean open = state == State.WAITING || state == State.RUNNING;
    return open && !background && kind == wanted && volumes.equals(List.of(id));
  }

  /**
   * It is being worked on.
   *
   * @param bytes about what there is to do
   * @param throttle knows how much of it is done
   */
  synchronized void started(long bytes, Throttle throttle, Instant now) {
    state = State.RUNNING;
    total = bytes;
    progress = Optional.of(throttle);
    started = Optional.of(now);
  }

  synchronized void done(JsonObject what, Instant now) {
    state = State.DONE;
    result = what;
    ended = Optional.of(now);
  }

  synchronized void failed(String why, Instant now) {
    state = State.FAILED;
    reason = why;
    ended = Optional.of(now);
  }

  /** As {@code docs/http.md} describes it. */
  synchronized JsonObject toJson(Instant now) {
    JsonObject json =
        new JsonObject()
            .put("id", id)
            .put("kind", kind.word())
            .put("volume", Integer.toUnsignedLong(volume()))
            .put("background", background)
            .put("state", state.name().toLowerCase(Locale.ROOT))
            .put("asked", asked.toString());
    if (volumes.size() > 1) {
      json.put("volumes", new JsonArray(volumes.stream().map(Integer::toUnsignedLong).toList()));
    }
    started.ifPresent(at -> json.put("started", at.toString()));
    ended.ifPresent(at -> json.put("ended", at.toString()));
    if (state == State.RUNNING) {
      putProgress(json, now);
    } else if (state == State.DONE) {
      json.put("result", result.copy());
    } else if (state == State.FAILED) {
      json.put("reason", reason);
    }
    return json;
  }

  private void putProgress(JsonObject json, Instant now) {
    long done = progress.map(Throttle::done).orElse(0L);
    long millis = Math.max(1, Duration.between(started.orElse(now), now).toMillis());
    long rate = done * 1000 / millis;
    json.put("bytes_done", done).put("bytes_total", total).put("rate", rate);
    if (rate > 0) {
      json.put("seconds_left", Math.max(0, total - done) / rate);
    }
  }
}
