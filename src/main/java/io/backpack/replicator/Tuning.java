package io.backpack.replicator;

import java.time.Duration;

/**
 * What only tests want otherwise.
 *
 * @param shortestPoll of an idle queue; doubles up to {@code longestPoll}
 * @param longestPoll bounds how late a task is seen after a quiet time
 * @param grace after which the tasks for a node that left the cluster map are given up
 * @param stopping how long a stop waits for copies under way
 * @param look between two looks at the whole queue, for nodes that are behind
 */
record Tuning(
    Duration shortestPoll, Duration longestPoll, Duration grace, Duration stopping, Duration look) {
  static final Tuning DEFAULT =
      new Tuning(
          Duration.ofMillis(10),
          Duration.ofMillis(400),
          Duration.ofMinutes(10),
          Duration.ofSeconds(10),
          Duration.ofSeconds(2));
}
