package io.backpack.queue;

import static io.backpack.testing.Futures.await;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.backpack.queue.QueueStatus.TargetStatus;
import io.backpack.testing.TestRedis;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;

/** Redis servers and queues over them. */
final class QueueFixture implements AutoCloseable {
  static final String KEY = "test-queue";
  static final QueueLimits LIMITS =
      new QueueLimits(1000, 1 << 30, 1000, Duration.ofMillis(500), Duration.ofSeconds(2));

  final Vertx vertx = Vertx.vertx();
  final List<TestRedis> servers = new ArrayList<>();
  private final List<RedisCopyQueue> queues = new ArrayList<>();

  QueueFixture(Path directory, int count, String... options) {
    try {
      for (int i = 0; i < count; i++) {
        Path its = Files.createDirectories(directory.resolve("redis" + i));
        servers.add(TestRedis.start(its, options));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  RedisCopyQueue queue() {
    return queue(LIMITS);
  }

  RedisCopyQueue queue(QueueLimits limits) {
    RedisCopyQueue queue = RedisCopyQueue.create(vertx, limits);
    queue.configure(on(servers.toArray(TestRedis[]::new)));
    queues.add(queue);
    Awaitility.await()
        .until(() -> await(queue.status()).servers().stream().allMatch(s -> s.reachable()));
    return queue;
  }

  static QueueServers on(TestRedis... servers) {
    return new QueueServers(Arrays.stream(servers).map(TestRedis::uri).toList(), KEY);
  }

  static CopyTask task(String name, String target) {
    return new CopyTask(
        PhotoName.of(name), Version.parse("00000000000000aa"), false, List.of("1"), target);
  }

  /** Takes from every server once. */
  static List<LeasedTask> take(CopyQueueConsumer consumer, String target, int most) {
    List<LeasedTask> taken = new ArrayList<>();
    for (String server : consumer.servers()) {
      taken.addAll(await(consumer.take(server, target, most)));
    }
    return taken;
  }

  static Set<String> names(List<LeasedTask> tasks) {
    Set<String> names = new HashSet<>();
    tasks.forEach(task -> names.add(task.task().name().value()));
    return names;
  }

  /** What waits for a target on all servers together. */
  static TargetStatus sum(RedisCopyQueue queue, String target) {
    long[] sums = new long[4];
    for (QueueStatus.ServerStatus server : await(queue.status()).servers()) {
      for (TargetStatus status : server.targets()) {
        if (status.target().equals(target)) {
          sums[0] += status.waiting();
          sums[1] += status.leased();
          sums[2] += status.retrying();
          sums[3] += status.behindTasks();
        }
      }
    }
    return new TargetStatus(target, sums[0], sums[1], sums[2], -1, -1, sums[3]);
  }

  @Override
  public void close() {
    queues.forEach(queue -> await(queue.close()));
    await(vertx.close());
    servers.forEach(TestRedis::close);
  }
}
