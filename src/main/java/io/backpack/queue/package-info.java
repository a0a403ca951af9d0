/**
 * Copies that are still to be made, kept in Redis streams on several servers.
 *
 * <p>A coordinator leaves a {@link io.backpack.queue.CopyTask} through {@link
 * io.backpack.queue.CopyQueue}; {@link io.backpack.queue.RedisCopyQueue} puts it on any one server
 * that answers. A replicator takes tasks through {@link io.backpack.queue.CopyQueueConsumer}: what
 * is taken is leased, and comes back to the others when the lease runs out. Every target node has a
 * stream of its own on every server, so that a dead target delays nobody else.
 *
 * <p>A task is delivered at least once. It is gone only when a consumer said that it is done, when
 * it became a dead letter, which {@link io.backpack.queue.QueueStatus} lists, or when the server
 * that had it lost it. The layout in Redis is in {@code docs/format.md}; every change of it is one
 * of the scripts in {@code Scripts}, so each is atomic.
 */
package io.backpack.queue;
