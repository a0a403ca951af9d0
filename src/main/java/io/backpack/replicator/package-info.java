/**
 * Makes the copies that are missing: takes tasks from the queue, reads each photo from a node that
 * has it and writes it to the node that lacks it.
 *
 * <p>{@link io.backpack.replicator.ReplicatorVerticle} follows the cluster map and keeps one worker
 * per target node, so that a dead target holds up only its own copies. A worker leases tasks, hands
 * each to {@link io.backpack.copy.PhotoCopier}, and tells the queue what became of it. A task is
 * done only when the target has answered that the same bytes in the same version are on its disk,
 * or that it has something newer. Copying twice does no harm, which is why nothing here guards
 * against it.
 */
package io.backpack.replicator;
