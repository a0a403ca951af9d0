/**
 * The event bus of a Backpack cluster: how other Vert.x applications store and read photos without
 * HTTP, and how the parts of Backpack hear of each other.
 *
 * <ul>
 *   <li>{@link io.backpack.bus.ClusteredVertx} makes a Vert.x that is a member of the bus; its
 *       {@link io.backpack.bus.BackpackClusterManager} survives a lost ZooKeeper session.
 *   <li>{@link io.backpack.bus.PhotoBusService} answers on {@code backpack.photos}, {@link
 *       io.backpack.bus.BackpackClient} asks there; {@link io.backpack.bus.BusProtocol} is what
 *       both speak.
 *   <li>{@link io.backpack.bus.NodeAnnouncer} and {@link io.backpack.bus.NodeDirectory} carry signs
 *       of life on {@code backpack.nodes}.
 *   <li>{@link io.backpack.bus.EventPublisher} tells on {@code backpack.events} what happened.
 * </ul>
 *
 * <p>The bus is best effort: what is acknowledged here is a request with a reply and a timeout,
 * everything else may be lost. {@code docs/event-bus.md} is the protocol for other languages.
 */
package io.backpack.bus;
