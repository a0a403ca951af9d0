package io.backpack.cluster;

import io.backpack.api.BackpackException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;

/**
 * Where the cluster map is and how patiently it is asked for.
 *
 * @param zookeeper {@code host:port,host:port}, with a chroot behind it if need be
 * @param root path below which the map lies, as {@code /backpack}
 * @param sessionTimeout after which ZooKeeper gives up a silent client; also the most that one
 *     request may take
 * @param connectTimeout how long a start waits for ZooKeeper before it falls back to the saved map
 * @param stateDir directory for the saved map and stamper ids, made when missing; without one a
 *     start needs ZooKeeper
 */
public record ClusterSettings(
    String zookeeper,
    String root,
    Duration sessionTimeout,
    Duration connectTimeout,
    Optional<Path> stateDir) {
  public static final String DEFAULT_ROOT = "/backpack";
  public static final Duration DEFAULT_SESSION_TIMEOUT = Duration.ofSeconds(20);
  public static final Duration DEFAULT_CONNECT_TIMEOUT = Duration.ofSeconds(10);

  /**
   * Checks the addresses and the root.
   *
   * @throws BackpackException {@link io.backpack.api.ErrorCode#BAD_REQUEST}
   */
  public ClusterSettings {
    zookeeper = Curators.checkHosts(zookeeper);
    root = Znodes.checkRoot(root);
    Objects.requireNonNull(stateDir);
    if (sessionTimeout.toMillis() < 1 || connectTimeout.toMillis() < 1) {
      throw new IllegalArgumentException("a timeout is at least a millisecond");
    }
  }
}
