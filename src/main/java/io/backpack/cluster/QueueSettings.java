package io.backpack.cluster;

import java.util.List;

/**
 * Where copies wait.
 *
 * @param servers Redis servers, each with a part of the tasks
 * @param key prefix of the keys there
 */
public record QueueSettings(List<Endpoint> servers, String key) {
  /** One Redis server. */
  public record Endpoint(String host, int port) {
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
