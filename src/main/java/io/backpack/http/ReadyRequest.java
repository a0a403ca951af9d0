package io.backpack.http;

import io.backpack.api.PhotoName;
import io.vertx.core.MultiMap;

/**
 * A GET or HEAD that the short way may answer.
 *
 * @param start when it came, in nanoseconds of {@link System#nanoTime}
 */
record ReadyRequest(
    PhotoName name, boolean get, Conditions conditions, MultiMap headers, long start) {
  /** Whether the answer says something of the copy on the disk, not only of the bytes. */
  boolean sound() {
    return !get || !conditions.none();
  }
}
