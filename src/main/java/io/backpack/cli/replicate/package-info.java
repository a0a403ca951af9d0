/**
 * The commands that look at the queue of missing copies and put work into it, one class each;
 * {@link io.backpack.cli.replicate.ReplicateCommand} is their parent. Where the queue is they read
 * from the cluster map, so that they need no settings of their own.
 */
package io.backpack.cli.replicate;
