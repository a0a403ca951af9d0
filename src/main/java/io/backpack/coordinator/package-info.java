/**
 * The coordinator: takes uploads, chooses a shard for each, sends them to nodes of it, and answers
 * reads and deletes of {@code shard:name} from those nodes.
 *
 * <p>Start with {@link io.backpack.coordinator.Coordinator}, which is what a process runs, then
 * {@link io.backpack.coordinator.CoordinatorPhotoStore}: each of its four methods makes one
 * operation ({@code PutOperation}, {@code ReadOperation}, {@code DeleteOperation}) that lives as
 * long as the request. An operation runs on one context, its {@code Lane}, so nothing in it is
 * locked; what operations share ({@code ShardChooser}, {@code NodeOrder}, {@code SizeAccountant},
 * {@code CoordinatorStats}) is safe for any thread.
 *
 * <p>How a shard is chosen, and what happens when it does not take the photo, is explained in
 * {@code docs/decisions/0003-placement.md}.
 */
package io.backpack.coordinator;
