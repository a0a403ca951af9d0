package io.backpack.node;

import io.vertx.core.Future;

/** A role that runs, as its process sees it. */
interface Part {
  /** For people: {@code node 1}, {@code coordinator}. */
  String name();

  /** Its URL with a slash at the end; empty where it has none. */
  String url();

  /** Whether it takes requests. Must not block. */
  boolean ready();

  /** Whether it knows all that it will, as long as nothing is lost. Must not block. */
  default boolean settled() {
    return true;
  }

  /** Stops it, after the requests that run. */
  Future<Void> close();
}
