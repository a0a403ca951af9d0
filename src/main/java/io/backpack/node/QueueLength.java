package io.backpack.node;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.queue.QueueStatus;
import io.backpack.queue.RedisCopyQueue;
import io.vertx.core.Future;
import java.util.List;

/** How many copies are still to be made. */
final class QueueLength {
  private QueueLength() {}

  /** Tasks on the servers that answer; fails when none does. */
  static Future<Long> of(RedisCopyQueue queue) {
    return queue.status().map(QueueLength::count);
  }

  private static long count(QueueStatus status) {
    List<QueueStatus.ServerStatus> answers =
        status.servers().stream().filter(QueueStatus.ServerStatus::reachable).toList();
    if (answers.isEmpty()) {
      throw new BackpackException(ErrorCode.UNAVAILABLE, "no queue server answers");
    }
    return answers.stream()
        .flatMap(server -> server.targets().stream())
        .mapToLong(QueueStatus.TargetStatus::total)
        .sum();
  }
}
