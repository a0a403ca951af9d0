package io.backpack.queue;

import io.vertx.core.Future;

/** Where a coordinator leaves the copies that are still to be made. */
@FunctionalInterface
public interface CopyQueue {
  /**
   * Queues a task. When the future succeeds at least one queue server has it; it fails with {@link
   * io.backpack.api.ErrorCode#UNAVAILABLE} when none answered in time.
   */
  Future<Void> push(CopyTask task);
}
