package io.backpack.replicator;

import io.backpack.api.PhotoStore;

/** A node that may have what is to be copied. */
record Source(String id, PhotoStore store) {}
