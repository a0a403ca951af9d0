package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.metrics.Metrics;
import io.backpack.volume.NeedleIndex;
import io.backpack.volume.Pace;
import io.backpack.volume.Throttle;
import io.backpack.volume.VerifyReport;
import io.backpack.volume.VolumeInfo;
import io.backpack.volume.VolumeSet;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Looks after the volumes of a node on one thread of its own: does what it is told to, compacts
 * what has much dead in it, and reads everything once per period. One thing at a time: the scrub,
 * which is slow on purpose, rests between two of its reads while something else is done. All of it
 * rests while the index is not ready.
 */
final class Maintenance {
  private static final Logger LOG = LoggerFactory.getLogger(Maintenance.class);

  private static final long IDLE_MILLIS = 1000;
  private static final long REST_NANOS = 50_000_000;
  private static final Duration COMPACTION_CHECK = Duration.ofMinutes(1);
  private static final Duration AFTER_FAILURE = Duration.ofHours(1);
  private static final Duration AFTER_KEPT = Duration.ofDays(1);
  private static final Duration LONGEST_PAUSE = AFTER_KEPT.plusHours(1);
  private static final Duration STOP = Duration.ofSeconds(20);
  private static final long INDEX_SECONDS = 10;

  /**
   * What a test replaces.
   *
   * @param clock of the times that are kept
   * @param pace how the thread rests
   * @param scrubDelay how long after the start the scrub begins, so that the nodes of a cluster
   *     that was started at once do not all begin together
   */
  record Timing(InstantSource clock, Throttle.Time pace, Duration scrubDelay) {}

  private final MaintenanceSettings settings;
  private final VolumeSet volumes;
  private final NeedleIndex index;
  private final BooleanSupplier indexReady;
  private final Compactor compactor;
  private final Timing timing;
  private final ScrubPlan plan;
  private final JobQueue jobs = new JobQueue();
  private final Thread thread;
  private final Set<Throttle> running = ConcurrentHashMap.newKeySet();
  private final LongAdder scrubBytes;
  private final LongAdder compactionBytes;
  private final LongAdder unindexed;
  private volatile Optional<Map<Integer, Long>> dead = Optional.empty();
  private volatile Instant scrubFrom = Instant.MAX;
  private volatile boolean stopping;

  // Of the thread.
  private final Map<Integer, Instant> notBefore = new HashMap<>();
  private Instant nextCheck = Instant.MIN;

  /**
   * @param indexReady whether the index knows everything
   */
  Maintenance(
      String node,
      MaintenanceSettings settings,
      VolumeSet volumes,
      NeedleIndex index,
      BooleanSupplier indexReady,
      Compactor compactor,
      Timing timing,
      Metrics metrics) {
    this.settings = settings;
    this.volumes = volumes;
    this.index = index;
    this.indexReady = indexReady;
    this.compactor = compactor;
    this.timing = timing;
    this.plan = ScrubPlan.of(settings);
    this.thread = new Thread(this::run, "backpack-maintenance-" + node);
    thread.setDaemon(true);
    scrubBytes = metrics.counter("storage_scrub_bytes", "Bytes of volumes read to verify them");
    compactionBytes =
        metrics.counter("storage_compaction_bytes", "Bytes read and written to compact volumes");
    unindexed =
        metrics.counter("storage_unindexed", "Needles that a verification found not indexed");
    metrics.gauge(
        "storage_scrub_last_complete_seconds",
        "Unix time after which all that is on the disks was written or verified",
        () ->
            ScrubPlan.lastComplete(volumes.volumes())
                .map(at -> at.toEpochMilli() / 1000.0)
                .orElse(Double.NaN));
    metrics.gauge(
        "storage_dead_bytes",
        "Bytes of deleted and replaced photos on the disks, as of the last minute",
        () -> dead.map(Maintenance::sum).orElse(Double.NaN));
    metrics.gauge(
        "storage_jobs_waiting",
        "Commands that wait for the maintenance of the node",
        () -> jobs.list().stream().filter(each -> each.state() == Job.State.WAITING).count());
  }

  private static double sum(Map<Integer, Long> bytes) {
    return bytes.values().stream().mapToLong(Long::longValue).sum();
  }

  void start() {
    thread.start();
  }

  /** Ends what is under way at its next step. Blocks, for a bounded time. */
  void stop() {
    stopping = true;
    running.forEach(Throttle::cancel);
    jobs.wake();
    try {
      thread.join(STOP.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (thread.isAlive()) {
      LOG.warn("the maintenance of the volumes did not end in {}", STOP);
    }
  }

  /** Queues a command, or answers with the one that already does the same. */
  Job ask(Job.Kind kind, int volume) {
    return jobs.ask(kind, volume, timing.clock().instant());
  }

  JsonObject describe(Job job) {
    return job.toJson(timing.clock().instant());
  }

  /** Those that run, those that wait, and the last ones that ended. */
  JsonArray describeJobs() {
    JsonArray all = new JsonArray();
    jobs.list().forEach(job -> all.add(describe(job)));
    return all;
  }

  /** For {@code /_/stats}. */
  JsonObject stats() {
    List<VolumeInfo> all = volumes.volumes();
    JsonArray runs = new JsonArray();
    long waits = 0;
    for (Job job : jobs.list()) {
      if (job.state() == Job.State.RUNNING) {
        runs.add(describe(job));
      } else if (job.state() == Job.State.WAITING) {
        waits++;
      }
    }
    JsonObject json =
        new JsonObject()
            .put("running", runs)
            .put("waiting", waits)
            .put("scrub_bytes", scrubBytes.sum())
            .put("scrub_rate", plan.rate(all))
            .put("compaction_bytes", compactionBytes.sum())
            .put("unindexed", unindexed.sum());
    ScrubPlan.lastComplete(all).ifPresent(at -> json.put("verified_since", at.toString()));
    dead.ifPresent(bytes -> json.put("dead_bytes", (long) sum(bytes)));
    return json;
  }

  private void run() {
    while (!stopping) {
      try {
        if (!indexReady.getAsBoolean()) {
          jobs.await(IDLE_MILLIS);
          timing.pace().rest(REST_NANOS); // A command does not end the wait for the index.
        } else if (!command() && !compaction() && !scrub()) {
          jobs.await(IDLE_MILLIS);
        }
      } catch (RuntimeException | Error e) {
        // Errors too, as the lack of memory for a moment: without this thread nothing is looked
        // after.
        LOG.error("the maintenance of the volumes failed, it goes on", e);
        timing.pace().rest(TimeUnit.MILLISECONDS.toNanos(IDLE_MILLIS));
      }
    }
  }

  private boolean command() {
    Optional<Job> next = jobs.take();
    next.ifPresent(job -> work(job, settings.compactRate(), bytes -> true));
    return next.isPresent();
  }

  private boolean compaction() {
    Instant now = timing.clock().instant();
    if (now.isBefore(nextCheck) && nextCheck.isBefore(now.plus(LONGEST_PAUSE))) {
      return false;
    }
    Map<Integer, Long> bytes = askDead();
    List<VolumeInfo> all = volumes.volumes();
    List<VolumeInfo> eligible = all.stream().filter(each -> mayTry(each.id(), now)).toList();
    Optional<List<Integer>> due =
        settings.compactDeadRatio() == 0
            ? Optional.empty()
            : compactor.due(eligible, bytes).stream().findFirst();
    if (due.isEmpty()) {
      nextCheck = now.plus(COMPACTION_CHECK);
      return false;
    }
    Job job = jobs.begin(Job.Kind.COMPACT, due.get(), now);
    work(job, settings.compactRate(), proceed -> true);
    // Those that are still there had to be kept, for damage most often: not again at once.
    Set<Integer> listed =
        volumes.volumes().stream().map(VolumeInfo::id).collect(Collectors.toSet());
    Duration pause = job.state() == Job.State.FAILED ? AFTER_FAILURE : AFTER_KEPT;
    due.get().forEach(each -> notBefore.put(each, now.plus(pause)));
    notBefore.keySet().retainAll(listed);
    return true;
  }

  private Map<Integer, Long> askDead() {
    try {
      Map<Integer, Long> bytes = index.deadBytes().get(INDEX_SECONDS, TimeUnit.SECONDS);
      dead = Optional.of(bytes);
      return bytes;
    } catch (ExecutionException | TimeoutException e) {
      LOG.debug("the index does not tell the dead bytes", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return Map.of();
  }

  private boolean mayTry(int volume, Instant now) {
    Instant from = notBefore.getOrDefault(volume, Instant.MIN);
    // One that lies farther ahead comes from a clock that was set back since.
    return !from.isAfter(now) || from.isAfter(now.plus(LONGEST_PAUSE));
  }

  private boolean scrub() {
    Instant now = timing.clock().instant();
    if (scrubFrom.equals(Instant.MAX)) {
      scrubFrom = now.plus(timing.scrubDelay());
    }
    if (now.isBefore(scrubFrom)) {
      return false;
    }
    List<VolumeInfo> all = volumes.volumes();
    Optional<VolumeInfo> due = plan.next(all, now, each -> mayTry(each.id(), now));
    if (due.isEmpty()) {
      return false;
    }
    Job job = jobs.begin(Job.Kind.VERIFY, List.of(due.get().id()), now);
    work(job, plan.rate(all), bytes -> meanwhile());
    if (job.state() == Job.State.FAILED) {
      notBefore.put(due.get().id(), now.plus(AFTER_FAILURE));
    }
    return true;
  }

  /** What comes before the scrub is done between two of its reads. */
  private boolean meanwhile() {
    boolean more = true;
    while (more && !stopping) {
      more = command() || compaction();
    }
    return true;
  }

  /**
   * Does a job to its end.
   *
   * @param first what is done at each step before the job goes on
   */
  private void work(Job job, long rate, Pace first) {
    Throttle throttle = new Throttle(rate, timing.pace());
    LongAdder counter = job.kind() == Job.Kind.VERIFY ? scrubBytes : compactionBytes;
    Pace pace =
        bytes -> {
          counter.add(bytes);
          while (!stopping && !indexReady.getAsBoolean()) {
            timing.pace().rest(REST_NANOS);
          }
          return !stopping && first.proceed(bytes) && throttle.proceed(bytes) && !stopping;
        };
    running.add(throttle);
    Instant now = timing.clock().instant();
    try {
      job.started(work(job), throttle, now);
      JsonObject result =
          job.kind() == Job.Kind.VERIFY
              ? verify(job.volume(), pace, now)
              : compactor.compact(job.volumes(), pace);
      if (stopping) {
        job.failed("the node is being stopped", timing.clock().instant());
      } else {
        job.done(result, timing.clock().instant());
      }
    } catch (BackpackException e) {
      LOG.warn("cannot {} volume {}: {}", job.kind().word(), unsigned(job), e.getMessage());
      job.failed(e.getMessage(), timing.clock().instant());
    } catch (RuntimeException | Error e) {
      LOG.error("cannot {} volume {}", job.kind().word(), unsigned(job), e);
      job.failed("internal error, see the log of this node", timing.clock().instant());
    } finally {
      running.remove(throttle);
      jobs.ended(job);
    }
  }

  private static String unsigned(Job job) {
    return Integer.toUnsignedString(job.volume());
  }

  /** About what there is to read and write; what a compaction moves counts for both. */
  private long work(Job job) {
    Map<Integer, Long> known = dead.orElse(Map.of());
    boolean moves = job.kind() == Job.Kind.COMPACT;
    return volumes.volumes().stream()
        .filter(each -> job.volumes().contains(each.id()))
        .mapToLong(
            each ->
                moves
                    ? 2 * Math.max(0, each.length() - known.getOrDefault(each.id(), 0L))
                    : each.length())
        .sum();
  }

  private JsonObject verify(int volume, Pace pace, Instant began) {
    VerifyReport report = volumes.verify(volume, pace);
    unindexed.add(report.unindexed());
    if (report.complete()) {
      volumes.noteVerified(volume, began);
    }
    return new JsonObject()
        .put("sound", report.sound())
        .put("needles", report.needles())
        .put("bytes", report.bytes())
        .put("live_bytes", report.liveBytes())
        .put("dead_bytes", report.deadBytes())
        .put("damaged", report.damagedLive())
        .put("damaged_dead", report.damagedDead())
        .put("unknown", report.unknown())
        .put("unindexed", report.unindexed())
        .put("healed", report.unindexed() > 0 && report.healed())
        .put("index_log", report.log().name().toLowerCase(Locale.ROOT))
        .put("seconds", report.took().toMillis() / 1000.0);
  }
}
