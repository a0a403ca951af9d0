package io.backpack.queue;

import java.util.LinkedHashSet;
import java.util.List;

/**
 * Where the queue lives.
 *
 * @param uris of the Redis servers, {@code redis://[:password@]host:port[/db]} or {@code
 *     unix:///path}; none twice
 * @param key prefix of the keys on each, without braces
 */
public record QueueServers(List<String> uris, String key) {
  /** No server: every push fails. */
  public static final QueueServers NONE = new QueueServers(List.of(), "");

  public QueueServers {
    uris = List.copyOf(new LinkedHashSet<>(uris));
    if (key.indexOf('{') >= 0 || key.indexOf('}') >= 0) {
      throw new IllegalArgumentException("braces in the key of the queue: " + key);
    }
    if (key.isBlank() && !uris.isEmpty()) {
      throw new IllegalArgumentException("the queue has servers and no key");
    }
  }

  /** The URI of a server without a password; a host that is a path is one of a unix socket. */
  public static String uri(String host, int port) {
    if (host.startsWith("/")) {
      return "unix://" + host;
    }
    return "redis://" + (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
