package io.backpack.volume;

/**
 * Governs long work over volumes: how fast it goes, how far it has come, whether it goes on. Called
 * on the thread that works, again and again, at most a few megabytes apart.
 */
@FunctionalInterface
public interface Pace {
  /** As fast as the disk goes, to the end. */
  Pace UNLIMITED = bytes -> true;

  /**
   * Takes note of work that was done, and blocks for as long as the work should rest.
   *
   * @param bytes read and written since the last call
   * @return false when the work is to end as soon as it can, leaving everything in order
   */
  boolean proceed(long bytes);
}
