/**
 * The composition root: {@link io.backpack.node.NodeProcess} wires the roles that a {@link
 * io.backpack.node.config.NodeConfiguration} names; {@link io.backpack.node.Standalone} does so
 * with a ZooKeeper and a Redis of its own, for a box that has neither.
 */
package io.backpack.node;
