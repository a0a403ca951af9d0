package io.backpack.cluster;

import io.backpack.api.PhotoAddress;
import java.util.Objects;

/**
 * A storage node as the cluster map has it.
 *
 * @param id 1 to 32 letters, digits, '_' or '-'
 * @param host name or address where coordinators, replicators and nginx reach it
 * @param port its HTTP port
 */
public record Server(String id, String host, int port) {
  public Server {
    PhotoAddress.checkId("node", id);
    Objects.requireNonNull(host);
    if (host.isBlank() || port < 1 || port > 65535) {
      throw new IllegalArgumentException("not an address: " + host + ":" + port);
    }
  }

  /** {@code http://host:port}, without a slash at the end. */
  public String url() {
    return "http://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
