package io.backpack.cluster;

import java.util.List;

/**
 * Where copies wait.
 *
 * @param servers Redis servers, each with a part of the tasks
 * @param key prefix of the keys there
 */
public record QueueSettings(List<Endpoint> servers, String key) {
  /**
   * One Redis server.
   *
   * @param host name or address; or, for a cluster that is all on one machine, the path of the
   *     server's unix socket, and the port means nothing
   */
  public record Endpoint(String host, int port) {
    /** Whether the host is the path of a unix socket. */
    public boolean isLocal() {
      return host.startsWith("/");
    }

    @Override
    public String toString() {
      return host + ":" + port;
    }
  }

  public static final QueueSettings NONE = new QueueSettings(List.of(), "");

  public QueueSettings {
    servers = List.copyOf(servers);
  }
}
