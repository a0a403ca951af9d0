package io.backpack.cluster;

import io.backpack.api.PhotoAddress;
import java.util.Locale;
import java.util.Objects;

/**
 * A storage node as the cluster map has it.
 *
 * @param id 1 to 32 letters, digits, '_' or '-'
 * @param host name or address where coordinators, replicators and nginx reach it
 * @param port its HTTP port
 * @param zone what is lost together with it beyond its machine, as a rack or a room; empty when
 *     nobody said
 * @param machine the machine that it runs on, where {@code host} does not tell, since the machine
 *     has several addresses; empty when {@code host} tells
 * @param original a storage node of the original Backpack, which tells neither versions nor
 *     checksums, does not sync, and cannot delete
 */
public record Server(
    String id, String host, int port, String zone, String machine, boolean original) {
  public Server {
    PhotoAddress.checkId("node", id);
    Objects.requireNonNull(host);
    Objects.requireNonNull(zone);
    Objects.requireNonNull(machine);
    if (host.isBlank() || port < 1 || port > 65535) {
      throw new IllegalArgumentException("not an address: " + host + ":" + port);
    }
  }

  /** A node of ours of which only the address is known. */
  public Server(String id, String host, int port) {
    this(id, host, port, "", "", false);
  }

  /** {@code http://host:port}, without a slash at the end. */
  public String url() {
    return "http://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }

  /** What it is lost together with at the least: nodes with the same one share a machine. */
  public String place() {
    return (machine.isEmpty() ? host : machine).toLowerCase(Locale.ROOT);
  }
}
