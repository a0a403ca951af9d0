package io.backpack.queue;

import java.time.Duration;

/**
 * What bounds the queue.
 *
 * @param tasksPerTarget waiting on one server for one target; beyond it a push sets the mark "is
 *     behind" instead
 * @param bytesPerTarget that they take in the memory of the server, as it estimates itself; the
 *     same happens beyond it
 * @param deadLetters kept on one server, about; the oldest go first and are counted
 * @param commandTimeout of one command to one server
 * @param pushTimeout of one push, over all servers it tries
 */
public record QueueLimits(
    long tasksPerTarget,
    long bytesPerTarget,
    long deadLetters,
    Duration commandTimeout,
    Duration pushTimeout) {
  public static final QueueLimits DEFAULT =
      new QueueLimits(100_000, 64L << 20, 100_000, Duration.ofSeconds(1), Duration.ofSeconds(3));

  public QueueLimits {
    if (tasksPerTarget < 1
        || bytesPerTarget < 1
        || deadLetters < 1
        || commandTimeout.toMillis() < 1
        || pushTimeout.toMillis() < 1) {
      throw new IllegalArgumentException("a limit of the queue is below 1");
    }
  }

  /** The same with other bounds on the tasks of a target. */
  public QueueLimits withTarget(long tasks, long bytes) {
    return new QueueLimits(tasks, bytes, deadLetters, commandTimeout, pushTimeout);
  }
}
