package io.backpack.cluster;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.json.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Pattern;
import org.apache.curator.RetryLoop;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.utils.PathUtils;
import org.apache.zookeeper.CreateMode;
import org.apache.zookeeper.KeeperException;
import org.apache.zookeeper.Op;
import org.apache.zookeeper.Watcher;
import org.apache.zookeeper.ZooDefs;
import org.apache.zookeeper.ZooKeeper;
import org.apache.zookeeper.data.Stat;

/**
 * The znodes below the root of one cluster. Every method blocks, up to the timeouts and retries of
 * the client, and fails with a {@link BackpackException}: {@link ErrorCode#UNAVAILABLE} when
 * ZooKeeper does not answer. Safe for use by any thread that may block.
 */
final class Znodes {
  /** So often a change is tried anew because another writer was faster. */
  static final int MAX_TRIES = 50;

  private static final Pattern ROOT = Pattern.compile("/|(?:/[A-Za-z0-9._~-]+)+");
  private static final int MAX_READS = 10;

  private final CuratorFramework curator;
  private final String hosts;
  private final String root;
  private final String prefix;

  Znodes(CuratorFramework curator, String hosts, String root) {
    this.curator = curator;
    this.hosts = hosts;
    this.root = root;
    this.prefix = root.equals("/") ? "/" : root + "/";
  }

  /**
   * Checks the root of a cluster.
   *
   * @return without a slash at the end
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST}
   */
  static String checkRoot(String root) {
    String path =
        root.length() > 1 && root.endsWith("/") ? root.substring(0, root.length() - 1) : root;
    try {
      if (ROOT.matcher(path).matches()) {
        return PathUtils.validatePath(path);
      }
    } catch (IllegalArgumentException e) {
      // "." and ".." as parts of a path; same answer as below
    }
    throw new BackpackException(
        ErrorCode.BAD_REQUEST, "'" + root + "' is not a path in ZooKeeper, as in /backpack");
  }

  String hosts() {
    return hosts;
  }

  String root() {
    return root;
  }

  /** What ZooKeeper and which root, for messages. */
  String where() {
    return "ZooKeeper " + hosts + ", root " + root;
  }

  /** The arguments that make a command mean this cluster. */
  String arguments() {
    return "--zookeeper " + hosts + " --root " + root;
  }

  BackpackException notInitialised() {
    return new BackpackException(
        ErrorCode.NOT_READY,
        "there is no cluster map at " + where() + "; run: backpack cluster init " + arguments());
  }

  Optional<Znode> read(String name) {
    return read(name, null);
  }

  /**
   * Reads a znode.
   *
   * @param watcher told of the next change, creation included; null for none
   */
  Optional<Znode> read(String name, Watcher watcher) {
    return call(
        () -> {
          for (int i = 0; i < MAX_READS; i++) {
            Stat stat = new Stat();
            try {
              byte[] data = zookeeper().getData(path(name), watcher, stat);
              return Optional.of(new Znode(name, text(data), stat.getVersion()));
            } catch (KeeperException.NoNodeException e) {
              // A failed getData leaves no watch; exists does, and it may be there by now.
              if (watcher == null || zookeeper().exists(path(name), watcher) == null) {
                return Optional.empty();
              }
            }
          }
          throw new BackpackException(ErrorCode.OVERLOADED, path(name) + " comes and goes");
        });
  }

  /** The names of all znodes right below {@code name}, or below the root for an empty one. */
  List<String> list(String name) {
    return call(
        () -> {
          try {
            return zookeeper().getChildren(name.isEmpty() ? root : path(name), false);
          } catch (KeeperException.NoNodeException e) {
            return List.of();
          }
        });
  }

  /** Makes later reads see whatever was written anywhere before this call. */
  void sync(long timeoutMillis) {
    call(
        () -> {
          CompletableFuture<Integer> done = new CompletableFuture<>();
          zookeeper().sync(root, (code, path, context) -> done.complete(code), null);
          KeeperException.Code code =
              KeeperException.Code.get(done.get(timeoutMillis, TimeUnit.MILLISECONDS));
          if (code != KeeperException.Code.OK && code != KeeperException.Code.NONODE) {
            throw KeeperException.create(code);
          }
          return code;
        });
  }

  /** Creates the root and what is above it. */
  void createRoot() {
    call(
        () -> {
          for (int slash = root.indexOf('/', 1); ; slash = root.indexOf('/', slash + 1)) {
            createEmpty(slash < 0 ? root : root.substring(0, slash));
            if (slash < 0) {
              return root;
            }
          }
        });
  }

  private void createEmpty(String path) throws Exception {
    try {
      if (zookeeper().exists(path, false) == null) {
        zookeeper().create(path, new byte[0], ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
      }
    } catch (KeeperException.NodeExistsException e) {
      // somebody else did
    }
  }

  Op create(String name, JsonObject json) {
    return Op.create(path(name), bytes(json), ZooDefs.Ids.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT);
  }

  Op set(Znode old, JsonObject json) {
    return Op.setData(path(old.name()), bytes(json), old.version());
  }

  /** Makes the commit a conflict if the znode has changed, and leaves it alone. */
  Op check(Znode old) {
    return Op.check(path(old.name()), old.version());
  }

  Op delete(Znode old) {
    return Op.delete(path(old.name()), old.version());
  }

  /**
   * Does all of this or nothing. Never repeats it by itself: after {@link ErrorCode#UNAVAILABLE} it
   * is not known whether it was done.
   *
   * @return false when a version, or what exists, is not as the operations expect
   */
  boolean commit(List<Op> operations) {
    try {
      if (!curator.getZookeeperClient().blockUntilConnectedOrTimedOut()) {
        throw unavailable("no connection");
      }
      zookeeper().multi(operations);
      return true;
    } catch (KeeperException.BadVersionException
        | KeeperException.NoNodeException
        | KeeperException.NodeExistsException e) {
      return false;
    } catch (Exception e) {
      throw failure(e);
    }
  }

  /** Waits a little, a random time that grows, before {@link #commit} is tried anew. */
  static void pauseBeforeTry(int attempt) {
    try {
      Thread.sleep(ThreadLocalRandom.current().nextInt(1, 5 + 2 * attempt));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BackpackException(ErrorCode.UNAVAILABLE, "interrupted", e);
    }
  }

  private static String text(byte[] data) {
    return data == null ? "" : new String(data, StandardCharsets.UTF_8);
  }

  private static byte[] bytes(JsonObject json) {
    return json.encode().getBytes(StandardCharsets.UTF_8);
  }

  /** The session of the moment; another one after an expiry. */
  long sessionId() {
    return call(() -> zookeeper().getSessionId());
  }

  private ZooKeeper zookeeper() throws Exception {
    return curator.getZookeeperClient().getZooKeeper();
  }

  private <T> T call(Callable<T> work) {
    try {
      return RetryLoop.callWithRetry(curator.getZookeeperClient(), work);
    } catch (Exception e) {
      throw failure(e);
    }
  }

  private BackpackException failure(Exception e) {
    if (e instanceof BackpackException known) {
      return known;
    }
    if (e instanceof InterruptedException) {
      Thread.currentThread().interrupt();
      return unavailable("interrupted");
    }
    if (e instanceof TimeoutException) {
      return unavailable("no answer in time");
    }
    if (e instanceof KeeperException keeper) {
      return switch (keeper.code()) {
        case NOAUTH, AUTHFAILED ->
            new BackpackException(ErrorCode.FORBIDDEN, where() + " denies access", e);
        default -> unavailable(keeper.code().toString().toLowerCase(Locale.ROOT));
      };
    }
    return new BackpackException(
        ErrorCode.UNAVAILABLE, where() + " cannot be used: " + e.getMessage(), e);
  }

  BackpackException unavailable(String why) {
    return new BackpackException(ErrorCode.UNAVAILABLE, where() + " does not answer (" + why + ")");
  }

  /** The whole path of a znode. */
  String path(String name) {
    return prefix + name;
  }
}
