package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.queue.CopyQueue;
import io.backpack.queue.CopyTask;
import io.vertx.core.Future;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;

/** A queue that keeps what is pushed, or refuses it. */
final class RecordingQueue implements CopyQueue {
  final List<CopyTask> tasks = new CopyOnWriteArrayList<>();
  volatile boolean down;

  @Override
  public Future<Void> push(CopyTask task) {
    if (down) {
      return Future.failedFuture(
          new BackpackException(ErrorCode.UNAVAILABLE, "no queue server answers"));
    }
    tasks.add(task);
    return Future.succeededFuture();
  }

  /** Ids of the nodes for which a copy, or a tombstone, is queued. */
  Set<String> targets(boolean tombstones) {
    Set<String> targets = new TreeSet<>();
    for (CopyTask task : tasks) {
      if (task.tombstone() == tombstones) {
        targets.add(task.to());
      }
    }
    return targets;
  }
}
