package io.backpack.queue;

import java.util.Objects;

/**
 * A task that this consumer has for the time of a lease.
 *
 * @param task what to do
 * @param attempts how often it was tried and the failure was its own
 * @param tries how often it was given out before, for whatever reason
 * @param ageMillis since it was queued, by the clock of the server that has it
 * @param origin where it is in the queue
 */
public record LeasedTask(CopyTask task, int attempts, int tries, long ageMillis, Origin origin) {

  /** The place of a task in the queue; only the queue reads it. */
  public static final class Origin {
    final QueueServer server;

    /** The id of the entry, which changes with each retry. */
    final String id;

    /** The id of the entry that was pushed first, which tells the age. */
    final String first;

    Origin(QueueServer server, String id, String first) {
      this.server = server;
      this.id = id;
      this.first = first;
    }

    @Override
    public String toString() {
      return id + "@" + server.name();
    }
  }

  public LeasedTask {
    Objects.requireNonNull(task);
    Objects.requireNonNull(origin);
  }
}
