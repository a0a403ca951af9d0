package io.backpack.index;

import io.backpack.api.Version;
import io.backpack.volume.Location;

/**
 * What the index says of a name. The name itself stands in the needle: who reads it there and finds
 * another one has met a collision of hashes and asks {@link RedisIndex#lookupCollided}.
 *
 * @param version of the current write
 * @param tombstone the current write is a delete
 * @param generation of its needle, see {@link io.backpack.volume.NeedleEntry#generation()}
 * @param location of its needle
 */
public record Lookup(Version version, boolean tombstone, int generation, Location location) {}
