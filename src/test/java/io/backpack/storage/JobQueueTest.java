package io.backpack.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.volume.Throttle;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class JobQueueTest {
  private static final Instant NOW = Instant.parse("2026-06-30T00:00:00Z");
  private final JobQueue jobs = new JobQueue();

  @Test
  void commandsAreTakenInTheirOrder() {
    Job first = jobs.ask(Job.Kind.VERIFY, 1, NOW);
    Job second = jobs.ask(Job.Kind.COMPACT, 1, NOW);
    assertSame(first, jobs.take().orElseThrow());
    assertSame(second, jobs.take().orElseThrow());
    assertEquals(Optional.empty(), jobs.take());
  }

  @Test
  void theSameCommandIsTheSameJobUntilItHasEnded() {
    Job job = jobs.ask(Job.Kind.VERIFY, 1, NOW);
    assertSame(job, jobs.ask(Job.Kind.VERIFY, 1, NOW));
    Job taken = jobs.take().orElseThrow();
    taken.started(10, new Throttle(1, Throttle.Time.SYSTEM), NOW);
    assertSame(job, jobs.ask(Job.Kind.VERIFY, 1, NOW));
    assertNotSame(job, jobs.ask(Job.Kind.VERIFY, 2, NOW));
    taken.done(new JsonObject(), NOW);
    jobs.ended(taken);
    assertNotSame(job, jobs.ask(Job.Kind.VERIFY, 1, NOW));
  }

  @Test
  void theScrubAnswersNoCommand() {
    Job scrub = jobs.begin(Job.Kind.VERIFY, List.of(1), NOW);
    assertNotSame(scrub, jobs.ask(Job.Kind.VERIFY, 1, NOW));
  }

  @Test
  void onlySoManyWait() {
    for (int i = 0; i < JobQueue.MAX_WAITING; i++) {
      jobs.ask(Job.Kind.VERIFY, i, NOW);
    }
    BackpackException full =
        assertThrows(BackpackException.class, () -> jobs.ask(Job.Kind.COMPACT, 1, NOW));
    assertEquals(ErrorCode.OVERLOADED, full.code());
    assertEquals(JobQueue.MAX_WAITING, jobs.list().size());
  }

  @Test
  void onlyTheLastOnesThatEndedAreKept() {
    for (int i = 0; i < 250; i++) {
      Job job = jobs.begin(Job.Kind.VERIFY, List.of(i), NOW);
      job.done(new JsonObject(), NOW);
      jobs.ended(job);
    }
    List<Job> kept = jobs.list();
    assertEquals(100, kept.size());
    assertEquals(249, kept.get(0).volume());
  }

  @Test
  void aJobTellsHowFarItIs() {
    Job job = jobs.ask(Job.Kind.VERIFY, 200 << 24, NOW);
    assertEquals("waiting", job.toJson(NOW).getString("state"));
    assertEquals(3355443200L, job.toJson(NOW).getLong("volume"));
    Throttle throttle = new Throttle(Throttle.UNLIMITED, Throttle.Time.SYSTEM);
    job.started(1000, throttle, NOW);
    assertTrue(throttle.proceed(200));
    JsonObject running = job.toJson(NOW.plusSeconds(2));
    assertEquals("running", running.getString("state"));
    assertEquals(200, running.getLong("bytes_done"));
    assertEquals(1000, running.getLong("bytes_total"));
    assertEquals(100, running.getLong("rate"));
    assertEquals(8, running.getLong("seconds_left"));
    job.done(new JsonObject().put("needles", 3), NOW.plusSeconds(5));
    JsonObject done = job.toJson(NOW.plusSeconds(9));
    assertEquals("done", done.getString("state"));
    assertEquals("2026-06-30T00:00:05Z", done.getString("ended"));
    assertEquals(3, done.getJsonObject("result").getInteger("needles"));
    assertFalse(done.containsKey("bytes_done"));
  }

  @Test
  void volumesThatAreMergedAreAllTold() {
    JsonObject json = jobs.begin(Job.Kind.COMPACT, List.of(3, 4), NOW).toJson(NOW);
    assertEquals(3, json.getLong("volume"));
    assertEquals(new JsonArray().add(3L).add(4L), json.getJsonArray("volumes"));
  }

  @Test
  void aJobThatFailedSaysWhy() {
    Job job = jobs.ask(Job.Kind.COMPACT, 1, NOW);
    job.failed("no room", NOW);
    assertEquals("failed", job.toJson(NOW).getString("state"));
    assertEquals("no room", job.toJson(NOW).getString("reason"));
  }
}
