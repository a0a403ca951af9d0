/**
 * Makes a node complete from its peers, the other nodes of its shard, and knows whether it is.
 *
 * <p>{@link io.backpack.repair.Repairer} follows the cluster map. With each peer it compares the
 * sums of all slots, lists the slots that differ, asks for the names of what the peer has in a
 * later write, and copies that: photos that are missing or damaged here, and tombstones. Nothing is
 * ever pushed, since each node does the same for itself. A comparison begins anew after each
 * interruption, and finds only what is still missing.
 *
 * <p>Until a node was compared with each peer, since its start or since it had a reason to doubt
 * itself, it does not know all names; see {@link io.backpack.repair.Repairer#doubt}. Until it has
 * the deletes of the peers that answer, it does not know which of its photos may be shown; see
 * {@link io.backpack.repair.Repairer#serves}.
 */
package io.backpack.repair;
