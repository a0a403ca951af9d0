/**
 * Which needle of a name is current, kept in Redis at about 40 bytes a photo.
 *
 * <p>{@link io.backpack.index.RedisIndex} is what the storage role uses: it implements the port of
 * the engine ({@link io.backpack.volume.NeedleIndex}) and answers look-ups. It never trusts Redis
 * to remember: each volume has a checkpoint beside the entries, and whatever lies between it and
 * the durable end of the volume is replayed, at each start and each reconnect ({@code Recovery},
 * {@code CatchUp}). Redis may therefore lose its last second, come back from an old backup or be
 * emptied, and no photo is lost and no delete undone.
 *
 * <p>It also keeps sums over what it holds, by which nodes find their differences ({@link
 * io.backpack.index.HeldIndex}).
 *
 * <p>To read the source: {@code apply.lua} in the resources is the heart, {@code Keyspace} names
 * the keys, {@code IndexValue} and {@code BatchCodec} are the bytes, {@code Lookups} asks, {@code
 * LocationCache} and, for new names, {@code NewNames} save asking. The layout is documented in
 * docs/format.md.
 */
package io.backpack.index;
