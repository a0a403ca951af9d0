package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.volume.DirectoryInfo.State;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleSupplier;

/**
 * Which directory takes a needle: one of those that can, drawn at random. Takes no lock; safe for
 * use by any thread.
 *
 * <p>The chance of a directory is in proportion to its free bytes above the reserve, so that all of
 * them become full at the same time and a new disk takes most, but not all of the load. Directories
 * on one file system divide its free bytes. For every whole batch that already waits for its disk
 * the chance falls, to a half, a third and so on; and as long as others can, a directory takes no
 * more than its equal part of what may wait in all. So a slow disk gets what it can write, and
 * never holds all of the queue.
 *
 * <p>A directory that failed is drawn when there is no other and its pause is over. Deletes may use
 * the reserve where no directory has more.
 */
final class Spread {
  /** What a delete may always take of the reserve. */
  private static final long LAST_BYTES = 1L << 20;

  /** From the best choice to the last resort. */
  private enum Choice {
    SHORT_QUEUE,
    ANY_QUEUE,
    FROM_THE_RESERVE,
    AFTER_A_FAILURE
  }

  private final List<Appender> appenders;
  private final double[] sharers;
  private final VolumeSettings settings;
  private final DoubleSupplier random;

  /**
   * @param random a number from 0, inclusive, to 1, exclusive
   */
  Spread(List<Appender> appenders, VolumeSettings settings, DoubleSupplier random) {
    this.appenders = appenders;
    this.settings = settings;
    this.random = random;
    Map<Object, Integer> onDisk = new HashMap<>();
    appenders.forEach(each -> onDisk.merge(each.directory().fileSystem(), 1, Integer::sum));
    this.sharers =
        appenders.stream().mapToDouble(each -> onDisk.get(each.directory().fileSystem())).toArray();
  }

  /**
   * The directory for a needle, none of those that it was tried in.
   *
   * @throws BackpackException {@link ErrorCode#NO_SPACE} or {@link ErrorCode#STORAGE_FAILED} when
   *     there is none
   */
  Appender choose(PendingAppend needle) {
    double[] weights = new double[sharers.length];
    for (Choice choice : Choice.values()) {
      double total = 0;
      for (int i = 0; i < weights.length; i++) {
        weights[i] = weight(appenders.get(i), needle, choice) / sharers[i];
        total += weights[i];
      }
      if (total > 0) {
        return draw(weights, total);
      }
    }
    if (appenders.stream().anyMatch(Spread::lacksSpaceOnly)) {
      throw new BackpackException(
          ErrorCode.NO_SPACE, "the disks of this node are full up to their reserve");
    }
    throw new BackpackException(
        ErrorCode.STORAGE_FAILED, "no directory of this node can be written");
  }

  private static boolean lacksSpaceOnly(Appender appender) {
    State state = appender.gate().standing().state();
    return state == State.WRITABLE || state == State.FULL;
  }

  private Appender draw(double[] weights, double total) {
    double left = random.getAsDouble() * total;
    int last = 0;
    for (int i = 0; i < weights.length; i++) {
      if (weights[i] > 0) {
        left -= weights[i];
        last = i;
        if (left < 0) {
          break;
        }
      }
    }
    return appenders.get(last);
  }

  /** 0 when it is not to be chosen. */
  private double weight(Appender appender, PendingAppend needle, Choice choice) {
    boolean tombstone = needle.needle().tombstone();
    boolean may =
        switch (choice) {
          case SHORT_QUEUE -> appender.gate().open() && queueShort(appender, needle);
          case ANY_QUEUE -> appender.gate().open();
          case FROM_THE_RESERVE -> tombstone && appender.gate().sound();
          case AFTER_A_FAILURE -> appender.gate().probeDue();
        };
    if (!may || needle.tried(appender.directory().ordinal())) {
      return 0;
    }
    boolean fromReserve = tombstone && choice.compareTo(Choice.FROM_THE_RESERVE) >= 0;
    long kept = fromReserve ? LAST_BYTES : settings.reserve();
    long free = appender.usable() - kept;
    if (free < needle.length()) {
      return 0;
    }
    return (double) free / (1 + appender.queued() / settings.maxBatchBytes());
  }

  private boolean queueShort(Appender appender, PendingAppend needle) {
    long queued = appender.queued();
    return queued == 0 || queued + needle.length() <= settings.maxQueuedBytes() / appenders.size();
  }
}
