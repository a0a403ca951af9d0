package io.backpack.cluster;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.time.Duration;
import java.util.regex.Pattern;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryNTimes;
import org.apache.zookeeper.client.ZKClientConfig;

/** Makes clients of ZooKeeper. */
final class Curators {
  private static final int RETRIES = 2;
  private static final int RETRY_PAUSE_MILLIS = 200;

  private static final int MAX_CLOSE_MILLIS = 200;

  private static final String HOST = "(?:[A-Za-z0-9._-]+|\\[[0-9A-Fa-f:.]+\\])(?::\\d{1,5})?";
  private static final Pattern HOSTS = Pattern.compile(HOST + "(?:, ?" + HOST + ")*(?:/[^\\s,]*)?");

  private Curators() {}

  /**
   * Checks what names ZooKeeper servers, as ZooKeeper itself reports mistakes late and badly.
   *
   * @return without white space
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST}
   */
  static String checkHosts(String hosts) {
    String stripped = hosts.strip();
    if (!HOSTS.matcher(stripped).matches()) {
      throw new BackpackException(
          ErrorCode.BAD_REQUEST,
          "'" + hosts + "' does not name ZooKeeper servers, as in zk1:2181,zk2:2181,zk3:2181");
    }
    return stripped.replace(" ", "");
  }

  /** A client that is not started yet. It asks for nothing that a ZooKeeper of old lacks. */
  static CuratorFramework create(String hosts, Duration sessionTimeout, Duration connectTimeout) {
    ZKClientConfig config = new ZKClientConfig();
    // By default a request to a server that froze waits for ever.
    config.setProperty(
        ZKClientConfig.ZOOKEEPER_REQUEST_TIMEOUT, Long.toString(sessionTimeout.toMillis()));
    return CuratorFrameworkFactory.builder()
        .connectString(hosts)
        .sessionTimeoutMs(Math.toIntExact(sessionTimeout.toMillis()))
        .connectionTimeoutMs(Math.toIntExact(connectTimeout.toMillis()))
        .retryPolicy(new RetryNTimes(RETRIES, RETRY_PAUSE_MILLIS))
        .zkClientConfig(config)
        .ensembleTracker(false)
        .maxCloseWaitMs(MAX_CLOSE_MILLIS)
        .dontUseContainerParents()
        .build();
  }
}
