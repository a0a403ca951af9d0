package io.backpack.bus;

import java.time.Duration;
import java.util.Objects;

/**
 * How a process joins the event bus.
 *
 * @param zookeeper servers, as {@code host1:2181,host2:2181}
 * @param root path of the cluster in ZooKeeper, as {@code /backpack}; the bus keeps to {@code bus}
 *     below it
 * @param host address to listen on for the other members
 * @param port port to listen on; 0 for any free one
 * @param publicHost address the other members connect to; empty for {@code host}
 * @param publicPort port the other members connect to; 0 for the one listened on
 * @param sessionTimeout after which ZooKeeper declares a silent member gone
 * @param maxPhotoSize bytes; larger photos go over HTTP
 */
public record BusSettings(
    String zookeeper,
    String root,
    String host,
    int port,
    String publicHost,
    int publicPort,
    Duration sessionTimeout,
    int maxPhotoSize) {
  public static final Duration DEFAULT_SESSION_TIMEOUT = Duration.ofSeconds(20);
  public static final int DEFAULT_MAX_PHOTO_SIZE = 1 << 20;

  public BusSettings {
    Objects.requireNonNull(publicHost);
    if (zookeeper.isBlank() || host.isBlank()) {
      throw new IllegalArgumentException("the bus needs ZooKeeper servers and a host to listen on");
    }
    if (!root.startsWith("/") || root.endsWith("/")) {
      throw new IllegalArgumentException("the root is a path as /backpack, not '" + root + "'");
    }
    if (port < 0 || port > 65535 || publicPort < 0 || publicPort > 65535) {
      throw new IllegalArgumentException("a port is out of range");
    }
    if (sessionTimeout.toMillis() < 1000 || maxPhotoSize < 1) {
      throw new IllegalArgumentException("sessionTimeout or maxPhotoSize out of range");
    }
  }

  /** A member that listens on any free port of one address, with the documented limits. */
  public static BusSettings of(String zookeeper, String root, String host) {
    return new BusSettings(
        zookeeper, root, host, 0, "", 0, DEFAULT_SESSION_TIMEOUT, DEFAULT_MAX_PHOTO_SIZE);
  }

  /** Where the bus keeps its members and subscriptions in ZooKeeper, without a leading slash. */
  String namespace() {
    return root.substring(1) + (root.length() > 1 ? "/" : "") + "bus";
  }
}
