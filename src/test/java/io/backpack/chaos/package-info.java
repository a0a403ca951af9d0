/**
 * The campaign of failures: a cluster of whole servers, each in a network namespace of its own,
 * under uploads, reads and deletes, to which everything is done that happens to servers, and a
 * check, from the log of its clients, that nothing which was acknowledged is lost.
 *
 * <p>{@link io.backpack.chaos.Chaos} is the program ({@code bench/chaos}), {@link
 * io.backpack.chaos.ChaosTest} its short form. {@link io.backpack.chaos.Sandbox} makes the room in
 * which it runs, {@link io.backpack.chaos.Topology} the servers in it, {@link
 * io.backpack.chaos.Client} the load; {@link io.backpack.chaos.FaultKind} lists what is done,
 * {@link io.backpack.chaos.Campaign} does it, {@link io.backpack.chaos.History} is the log and
 * {@link io.backpack.chaos.Checker} what reads it.
 */
package io.backpack.chaos;
