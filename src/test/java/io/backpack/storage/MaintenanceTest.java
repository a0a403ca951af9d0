package io.backpack.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.backpack.metrics.Metrics;
import io.backpack.volume.Attributes;
import io.backpack.volume.IndexBatch;
import io.backpack.volume.Needle;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleIndex;
import io.backpack.volume.Pace;
import io.backpack.volume.Throttle;
import io.backpack.volume.VolumeInfo;
import io.backpack.volume.VolumeSet;
import io.backpack.volume.VolumeSettings;
import io.vertx.core.json.JsonObject;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.zip.CRC32C;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is done when, with real volumes, an index that is content, and a compactor that notes. */
class MaintenanceTest {
  private static final int PHOTO = 400_000;

  /** Knows every needle. */
  private static final class ContentIndex implements NeedleIndex {
    final Map<Integer, Long> dead = new ConcurrentHashMap<>();

    @Override
    public CompletableFuture<List<Outcome>> apply(IndexBatch batch) {
      return CompletableFuture.completedFuture(
          batch.entries().stream().map(entry -> new Outcome(true, entry.version())).toList());
    }

    @Override
    public CompletableFuture<List<Standing>> standing(List<NeedleEntry> entries) {
      return CompletableFuture.completedFuture(
          entries.stream().map(entry -> Standing.CURRENT).toList());
    }

    @Override
    public CompletableFuture<Map<Integer, Long>> deadBytes() {
      return CompletableFuture.completedFuture(Map.copyOf(dead));
    }

    @Override
    public CompletableFuture<Void> forget(Collection<Integer> volumes) {
      return CompletableFuture.failedFuture(new AssertionError("nothing is to be forgotten"));
    }
  }

  /** Rests take no time of the test's. */
  private static final class VirtualTime implements Throttle.Time {
    final AtomicLong now = new AtomicLong();
    volatile Runnable onRest = () -> {};

    @Override
    public long nanos() {
      return now.get();
    }

    @Override
    public void rest(long nanos) {
      now.addAndGet(nanos);
      onRest.run();
      Thread.onSpinWait();
    }
  }

  /** Finds sealed volumes worth it that are half dead, as the engine does. */
  private final class NotingCompactor implements Compactor {
    @Override
    public List<List<Integer>> due(List<VolumeInfo> all, Map<Integer, Long> dead) {
      return all.stream()
          .filter(each -> each.sealed() && dead.getOrDefault(each.id(), 0L) > each.length() / 3)
          .map(each -> List.of(each.id()))
          .toList();
    }

    @Override
    public JsonObject compact(List<Integer> ids, Pace pace) {
      besideScrub |= scrubbing();
      compacted.addAll(ids);
      if (compactorFails) {
        throw new BackpackException(ErrorCode.NO_SPACE, "no room");
      }
      index.dead.keySet().removeAll(ids);
      return new JsonObject().put("paced", pace.proceed(PHOTO));
    }
  }

  @TempDir Path directory;
  private final ContentIndex index = new ContentIndex();
  private final VirtualTime time = new VirtualTime();
  private final AtomicLong ahead = new AtomicLong();
  private final List<Integer> compacted = new CopyOnWriteArrayList<>();
  private volatile boolean ready = true;
  private volatile boolean compactorFails;
  private volatile boolean besideScrub;
  private VolumeSet volumes;
  private Maintenance maintenance;

  @BeforeEach
  void open() throws Exception {
    VolumeSettings settings =
        new VolumeSettings("1", List.of(directory), 1 << 20, 0, true, 1 << 20, 64 << 20);
    volumes = VolumeSet.open(settings, index);
    for (int i = 0; i < 5; i++) {
      byte[] data = new byte[PHOTO];
      CRC32C crc = new CRC32C();
      crc.update(data);
      Needle needle =
          new Needle(
              PhotoName.of("p" + i),
              new Version(i + 1),
              false,
              false,
              false,
              0,
              "image/jpeg",
              Attributes.NONE,
              ByteBuffer.wrap(data),
              (int) crc.getValue());
      volumes.append(needle).get(20, TimeUnit.SECONDS);
    }
    assertEquals(3, volumes.volumes().size());
  }

  @AfterEach
  void close() {
    if (maintenance != null) {
      maintenance.stop();
    }
    volumes.close();
  }

  private void start(MaintenanceSettings settings) {
    maintenance =
        new Maintenance(
            "1",
            settings,
            volumes,
            index,
            () -> ready,
            new NotingCompactor(),
            new Maintenance.Timing(
                () -> Instant.now().plusSeconds(ahead.get()), time, Duration.ZERO),
            Metrics.create("storage", "1"));
    maintenance.start();
  }

  private boolean scrubbing() {
    return maintenance.describeJobs().stream()
        .map(JsonObject.class::cast)
        .anyMatch(
            job ->
                job.getString("kind").equals("verify")
                    && job.getBoolean("background")
                    && job.getString("state").equals("running"));
  }

  private int id(int volume) {
    return volumes.volumes().get(volume).id();
  }

  private JsonObject newest() {
    return maintenance.describeJobs().getJsonObject(0);
  }

  private static void until(Callable<Boolean> condition) {
    Awaitility.await().atMost(Duration.ofSeconds(20)).until(condition);
  }

  @Test
  void fullVolumesWithEnoughDeadAreCompacted() {
    index.dead.put(id(0), (long) PHOTO); // Half of it.
    index.dead.put(id(1), PHOTO / 2L);
    index.dead.put(id(2), (long) PHOTO); // All of it, but it takes photos.
    start(new MaintenanceSettings(0, 0.4, 1 << 20));
    until(() -> !maintenance.describeJobs().isEmpty() && newest().containsKey("ended"));
    assertEquals(List.of(id(0)), compacted);
    assertTrue(newest().getBoolean("background"));
    assertEquals("done", newest().getString("state"));
    index.dead.put(id(1), (long) PHOTO);
    ahead.set(61);
    until(() -> compacted.equals(List.of(id(0), id(1))));
  }

  @Test
  void aCompactionThatFailsIsNotTriedAgainAtOnce() {
    compactorFails = true;
    index.dead.put(id(0), (long) PHOTO);
    start(new MaintenanceSettings(0, 0.4, 1 << 20));
    until(() -> !maintenance.describeJobs().isEmpty() && newest().containsKey("reason"));
    assertEquals("no room", newest().getString("reason"));
    index.dead.put(id(1), (long) PHOTO);
    ahead.set(121);
    until(() -> compacted.equals(List.of(id(0), id(1))));
    ahead.set(3700);
    until(() -> compacted.size() >= 3);
    assertEquals(id(0), compacted.get(2));
  }

  @Test
  void nothingIsCompactedByItselfWhenThatIsOff() {
    index.dead.put(id(0), (long) PHOTO);
    start(new MaintenanceSettings(0, 0, 1 << 20));
    maintenance.ask(Job.Kind.VERIFY, id(1));
    until(() -> newest().containsKey("ended"));
    assertEquals(List.of(), compacted);
    maintenance.ask(Job.Kind.COMPACT, id(0));
    until(() -> compacted.equals(List.of(id(0))));
  }

  @Test
  void workTakesAsLongAsTheRateSays() {
    start(new MaintenanceSettings(0, 0, 100_000));
    maintenance.ask(Job.Kind.VERIFY, id(0));
    until(() -> newest().containsKey("ended"));
    double seconds = time.now.get() / 1e9;
    double expected = volumes.volumes().get(0).length() / 100_000.0;
    assertEquals(expected, seconds, 1.0);
  }

  @Test
  void everythingWaitsUntilTheIndexIsReady() {
    ready = false;
    index.dead.put(id(0), (long) PHOTO);
    start(new MaintenanceSettings(30, 0.4, 1 << 20));
    ahead.set(Duration.ofDays(60).toSeconds());
    Job job = maintenance.ask(Job.Kind.VERIFY, id(0));
    long before = time.now.get();
    until(() -> time.now.get() > before + 1_000_000_000);
    assertEquals(Job.State.WAITING, job.state());
    assertEquals(List.of(), compacted);
    ready = true;
    until(() -> job.state() == Job.State.DONE);
  }

  @Test
  void aCommandIsDoneInTheMiddleOfTheScrub() {
    start(new MaintenanceSettings(30, 0, 1 << 30));
    int asked = id(2);
    // Nothing but the scrub rests here: it is asked for while a volume is being read.
    time.onRest = () -> maintenance.ask(Job.Kind.COMPACT, asked);
    ahead.set(Duration.ofDays(31).toSeconds());
    until(() -> compacted.contains(asked));
    assertTrue(besideScrub, "the scrub was running");
    until(() -> volumes.volumes().stream().allMatch(each -> each.verified().isPresent()));
  }

  @Test
  void aVolumeThatIsNotThereFailsItsJob() {
    start(new MaintenanceSettings(0, 0, 1 << 30));
    Job job = maintenance.ask(Job.Kind.VERIFY, 77);
    until(() -> job.state() == Job.State.FAILED);
    assertTrue(newest().getString("reason").contains("77"), newest().encode());
  }
}
