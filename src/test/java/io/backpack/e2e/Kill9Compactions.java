package io.backpack.e2e;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * Keeps one node of {@link Kill9} compacting, and counts what came of it. Not safe for use by
 * several threads.
 */
final class Kill9Compactions {
  private static final long PAUSE_NANOS = 30_000_000;

  private final String url;
  private final Random random;
  private final Map<Long, String> states = new HashMap<>(); // Of the jobs of this start.
  private final List<String> failures = new ArrayList<>();
  private long done;
  private long cut;

  Kill9Compactions(String url, long seed) {
    this.url = url;
    this.random = new Random(seed);
  }

  /** Works until told to stop or until nobody answers. */
  void work(BooleanSupplier stop) {
    states.clear();
    try {
      while (!stop.getAsBoolean()) {
        observe();
        if (!states.containsValue("running") && !states.containsValue("waiting")) {
          ask();
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
    } catch (UncheckedIOException killed) {
      // What ran then was cut off.
    }
    cut += states.values().stream().filter("running"::equals).count();
  }

  private void observe() {
    for (Object each : list("/_/jobs", "jobs")) {
      JsonObject job = (JsonObject) each;
      if (!job.getString("kind").equals("compact")) {
        continue;
      }
      String state = job.getString("state");
      if (!state.equals(states.put(job.getLong("id"), state))) {
        if (state.equals("done")) {
          done++;
        } else if (state.equals("failed") && !cannotBeHelped(job.getString("reason"))) {
          failures.add(url + " could not compact: " + job.encode());
        }
      }
    }
  }

  /** Asked for a volume that an automatic compaction took first. */
  private static boolean cannotBeHelped(String reason) {
    return reason.contains("no directory of this node has volume");
  }

  private void ask() {
    List<JsonObject> sealed =
        list("/_/volumes", "volumes").stream()
            .map(JsonObject.class::cast)
            .filter(volume -> volume.getBoolean("sealed"))
            .toList();
    if (!sealed.isEmpty()) {
      long id = sealed.get(random.nextInt(sealed.size())).getLong("id");
      HttpPhotos.post(url + "/_/volumes/" + id + "/compact");
    }
  }

  /** Nothing while the node cannot say. */
  private JsonArray list(String path, String what) {
    HttpResponse<byte[]> answer = HttpPhotos.get(url + path);
    return answer.statusCode() == 200
        ? new JsonObject(Buffer.buffer(answer.body())).getJsonArray(what)
        : new JsonArray();
  }

  /** Compactions that were seen to end well. */
  long done() {
    return done;
  }

  /** Compactions that were seen to run when the process was killed. */
  long cut() {
    return cut;
  }

  /** Compactions that ended otherwise. */
  List<String> failures() {
    return failures;
  }
}
