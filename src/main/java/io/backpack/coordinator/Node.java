package io.backpack.coordinator;

import io.backpack.api.PhotoStore;

/** A storage node as an operation uses it. */
record Node(String id, PhotoStore store) {}
