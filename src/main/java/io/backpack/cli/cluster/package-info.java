/**
 * The commands that show and change the cluster map, one class each; {@link
 * io.backpack.cli.cluster.ClusterCommand} is their parent. What they refuse, and why, is decided in
 * {@link io.backpack.cluster.ClusterAdmin}.
 */
package io.backpack.cli.cluster;
