package io.backpack.api;

/**
 * The answer to a delete that is durable.
 *
 * @param version the version of the tombstone that stands now
 */
public record Deletion(Version version) {}
