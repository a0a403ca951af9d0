package io.backpack.coordinator;

import io.backpack.api.PhotoStore;

/**
 * A storage node as an operation uses it.
 *
 * @param original it is one of the original Backpack: what it has is not synced, so no promise
 *     stands on it
 */
record Node(String id, PhotoStore store, boolean original) {
  /** A node of ours. */
  Node(String id, PhotoStore store) {
    this(id, store, false);
  }
}
