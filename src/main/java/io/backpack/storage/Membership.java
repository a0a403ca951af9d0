package io.backpack.storage;

import io.vertx.core.Future;

/** How a node makes itself known to the cluster before it serves. */
@FunctionalInterface
public interface Membership {
  /**
   * Claims the node's id for the directories that carry this cookie.
   *
   * @return the id with which the node stamps versions of direct uploads; fails when the id belongs
   *     to other directories
   */
  Future<Integer> join(String nodeId, String cookie);
}
