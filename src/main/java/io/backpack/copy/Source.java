package io.backpack.copy;

import io.backpack.api.PhotoStore;

/** A node that may have what is to be copied. */
public record Source(String id, PhotoStore store) {}
