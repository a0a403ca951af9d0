/**
 * The cluster map: which servers there are, which of them make up a shard, how full each shard is,
 * and where copies wait. It lives in ZooKeeper in the original Backpack's layout, so that the map
 * of an old cluster can be taken over; docs/cluster.md has it to the letter.
 *
 * <p>Roles follow the map through {@link io.backpack.cluster.ClusterView}: one immutable {@link
 * io.backpack.cluster.ClusterMap} at a time. {@link io.backpack.cluster.ZooKeeperClusterView} is
 * the one implementation; it outlives outages of ZooKeeper on the last map it saw or saved.
 * Operators change the map through {@link io.backpack.cluster.ClusterAdmin}, which refuses what
 * makes no sense. What is not in the original (who a node is, who stamps versions) is {@link
 * io.backpack.cluster.NodeRegistry}.
 *
 * <p>To read the source: {@code MapCodec} is the layout, {@code Znodes} all access to ZooKeeper,
 * {@code MapFollower} the following, {@code MapEditor} the changing.
 */
package io.backpack.cluster;
