package io.backpack.node;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;
import org.apache.zookeeper.server.embedded.ExitHandler;
import org.apache.zookeeper.server.embedded.ZooKeeperServerEmbedded;

/**
 * A single ZooKeeper server in this process, on loopback. What it acknowledged is synced to disk
 * and survives any end of the process.
 *
 * <p>It must be the only one on its directory; the caller sees to that. Starting and stopping
 * block.
 */
public final class EmbeddedZooKeeper implements AutoCloseable {
  private static final long START_MILLIS = 30_000;
  private static final int PORT_TRIES = 5;

  private final ZooKeeperServerEmbedded server;
  private final int port;

  private EmbeddedZooKeeper(ZooKeeperServerEmbedded server, int port) {
    this.server = server;
    this.port = port;
  }

  /**
   * Starts the server on a free port of loopback.
   *
   * @param directory for its data; made when missing
   * @throws IOException when it cannot start
   */
  public static EmbeddedZooKeeper start(Path directory) throws IOException {
    for (int attempt = 1; ; attempt++) {
      try {
        return start(directory, Ports.free());
      } catch (IOException e) {
        // Between the choice of the port and its use another process may have taken it.
        if (attempt == PORT_TRIES) {
          throw e;
        }
      }
    }
  }

  /**
   * Starts the server on a port of loopback.
   *
   * @param directory for its data; made when missing
   * @throws IOException when it cannot start
   */
  public static EmbeddedZooKeeper start(Path directory, int port) throws IOException {
    if (!Ports.isFree(Ports.loopback(), port)) {
      // The server itself would say so in its log only, and be waited for in vain.
      throw new IOException("port " + port + " of 127.0.0.1 is in use");
    }
    Files.createDirectories(directory);
    removeOldSettings(directory);
    ZooKeeperServerEmbedded server = null;
    try {
      server =
          ZooKeeperServerEmbedded.builder()
              .baseDir(directory)
              .configuration(settings(directory, port))
              .exitHandler(ExitHandler.LOG_ONLY)
              .build();
      server.start(START_MILLIS);
      return new EmbeddedZooKeeper(server, port);
    } catch (IOException e) {
      closeQuietly(server);
      throw e;
    } catch (InterruptedException e) {
      closeQuietly(server);
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while ZooKeeper started", e);
    } catch (Exception e) {
      // The interface of the embedded server declares no narrower type.
      closeQuietly(server);
      throw new IOException("ZooKeeper did not start: " + e.getMessage(), e);
    }
  }

  private static Properties settings(Path directory, int port) {
    Properties settings = new Properties();
    settings.setProperty("dataDir", directory.toAbsolutePath().toString());
    settings.setProperty("clientPort", Integer.toString(port));
    settings.setProperty("clientPortAddress", "127.0.0.1");
    // The default is 60 connections from one address, and all of them come from one here.
    settings.setProperty("maxClientCnxns", "0");
    settings.setProperty("maxCnxns", "0");
    // Sessions last 2 to 20 ticks.
    settings.setProperty("tickTime", "1000");
    settings.setProperty("maxSessionTimeout", "60000");
    settings.setProperty("forceSync", "yes");
    // In kilobytes: the default of 64 MB per log file is waste for a map of some kilobytes.
    settings.setProperty("preAllocSize", "1024");
    settings.setProperty("snapCount", "10000");
    settings.setProperty("autopurge.snapRetainCount", "3");
    settings.setProperty("autopurge.purgeInterval", "1");
    // Its page needs a web server that is not on the class path.
    settings.setProperty("admin.enableServer", "false");
    settings.setProperty("4lw.commands.whitelist", "ruok,srvr");
    return settings;
  }

  /** Each start leaves the file that it hands its settings over in. */
  private static void removeOldSettings(Path directory) throws IOException {
    try (DirectoryStream<Path> old = Files.newDirectoryStream(directory, "*.properties")) {
      for (Path file : old) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static void closeQuietly(ZooKeeperServerEmbedded server) {
    if (server != null) {
      server.close();
    }
  }

  public int port() {
    return port;
  }

  /** {@code 127.0.0.1:port}, for clients. */
  public String connectString() {
    return "127.0.0.1:" + port;
  }

  @Override
  public void close() {
    server.close();
  }
}
