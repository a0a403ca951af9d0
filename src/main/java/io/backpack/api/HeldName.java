package io.backpack.api;

/**
 * What stands under a name, with the name itself. Immutable.
 *
 * @param name as it is in the needle
 * @param version of the write
 * @param tombstone it is a delete
 */
public record HeldName(PhotoName name, Version version, boolean tombstone) {}
