package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** The jobs that wait, those that run, and the last ones that ended. Safe for use by any thread. */
final class JobQueue {
  static final int MAX_WAITING = 100;
  private static final int MAX_ENDED = 100;

  private final Deque<Job> waiting = new ArrayDeque<>();
  private final List<Job> running = new ArrayList<>();
  private final Deque<Job> ended = new ArrayDeque<>();
  private long lastId;
  private boolean woken;

  /**
   * Queues a command, or answers with the one that already does the same.
   *
   * @throws BackpackException {@link ErrorCode#OVERLOADED} when too many wait
   */
  synchronized Job ask(Job.Kind kind, int volume, Instant now) {
    Optional<Job> same =
        Stream.concat(running.stream(), waiting.stream())
            .filter(each -> each.answers(kind, volume))
            .findFirst();
    if (same.isPresent()) {
      return same.get();
    }
    if (waiting.size() >= MAX_WAITING) {
      throw new BackpackException(
          ErrorCode.OVERLOADED, MAX_WAITING + " jobs wait already, ask again later");
    }
    Job job = new Job(++lastId, kind, List.of(volume), false, now);
    waiting.add(job);
    notifyAll();
    return job;
  }

  /** The next command; it counts as running. */
  synchronized Optional<Job> take() {
    Optional<Job> next = Optional.ofNullable(waiting.poll());
    next.ifPresent(running::add);
    return next;
  }

  /** A job that nobody asked for; it counts as running. */
  synchronized Job begin(Job.Kind kind, List<Integer> volumes, Instant now) {
    Job job = new Job(++lastId, kind, volumes, true, now);
    running.add(job);
    return job;
  }

  synchronized void ended(Job job) {
    running.remove(job);
    ended.addFirst(job);
    if (ended.size() > MAX_ENDED) {
      ended.removeLast();
    }
  }

  /** Those that run, those that wait in their order, those that ended, the last one first. */
  synchronized List<Job> list() {
    return Stream.of(running, waiting, ended).flatMap(each -> each.stream()).toList();
  }

  /** Blocks until a command waits, {@link #wake} is called, or the time is over. */
  synchronized void await(long millis) {
    long end = System.nanoTime() + millis * 1_000_000;
    try {
      for (long left = millis; left > 0 && waiting.isEmpty() && !woken; ) {
        wait(left);
        left = (end - System.nanoTime()) / 1_000_000;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends this and every later {@link #await} at once. */
  synchronized void wake() {
    woken = true;
    notifyAll();
  }
}
