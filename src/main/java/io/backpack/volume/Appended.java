package io.backpack.volume;

/**
 * The answer to an append: the needle is written (and synced, unless the engine is set not to) and
 * the index has applied it.
 *
 * @param outcome whether it is the current write of its name; a needle that lost stays in the
 *     volume as dead bytes until compaction
 */
public record Appended(Location location, NeedleIndex.Outcome outcome) {}
