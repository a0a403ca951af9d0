package io.backpack.cluster;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.Version;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Who is who in the cluster, in znodes of our own beside the original's:
 *
 * <pre>
 *   node-ID          {"cookie": "...", "claimed": "2026-01-01T00:00:00Z"}: the store that is node ID
 *   stampers         {"next": 3}: the first stamper id that nobody has
 *   stampers/WHO     {"stamper": 2}
 * </pre>
 *
 * <p>Safe for use by any thread; never blocks. Failures are {@link ErrorCode#UNAVAILABLE} when
 * ZooKeeper does not answer, and what the methods name.
 */
public final class NodeRegistry {
  private static final String NODE_PREFIX = "node-";
  private static final String STAMPERS = "stampers";
  private static final String NEXT = "next";
  private static final String STAMPER = "stamper";
  private static final String COOKIE = "cookie";
  private static final Pattern WHO = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._:-]{0,199}");

  private final Znodes znodes;
  private final BlockingCalls calls;
  private final MapFollower follower;
  private final StamperFiles files;

  NodeRegistry(Znodes znodes, BlockingCalls calls, MapFollower follower, ClusterSettings settings) {
    this.znodes = znodes;
    this.calls = calls;
    this.follower = follower;
    this.files = new StamperFiles(settings);
  }

  /** Whether a znode right below the root is one of the registry. */
  static boolean isPart(String name) {
    return name.startsWith(NODE_PREFIX) || name.equals(STAMPERS);
  }

  static String nodeZnode(String nodeId) {
    return NODE_PREFIX + PhotoAddress.checkId("node", nodeId);
  }

  /**
   * Says that the store with this cookie is the node, for ever. The same again is fine.
   *
   * @return failed with {@link ErrorCode#FORBIDDEN} when another store, or one of the original, is
   *     that node; the message says what to do
   */
  public Future<Void> claim(String nodeId, String cookie) {
    String name = nodeZnode(nodeId);
    return calls.run(
        () -> {
          checkConnected();
          checkOurs(nodeId);
          claimNow(nodeId, name, cookie);
          return null;
        });
  }

  /** Others would go on to talk to it as to a node of the original, which promises less. */
  private void checkOurs(String nodeId) {
    Optional<Server> server =
        znodes
            .read(MapCodec.SERVERS)
            .map(NodeRegistry::json)
            .map(MapCodec::servers)
            .map(all -> all.get(nodeId));
    if (server.isPresent() && server.get().original()) {
      throw new BackpackException(
          ErrorCode.FORBIDDEN,
          String.format(
              "node %s is marked as a node of the original Backpack in the cluster map. If this one"
                  + " takes its place, run: backpack cluster set-server %s --ours %s",
              nodeId, nodeId, znodes.arguments()));
    }
  }

  private void claimNow(String nodeId, String name, String cookie) {
    for (int attempt = 0; attempt < Znodes.MAX_TRIES; attempt++) {
      Optional<Znode> old = znodes.read(name);
      JsonObject json = old.map(NodeRegistry::json).orElseGet(JsonObject::new);
      String claimed = json.getValue(COOKIE) == null ? "" : json.getValue(COOKIE).toString();
      if (claimed.equals(cookie)) {
        return;
      }
      if (!claimed.isEmpty()) {
        throw new BackpackException(
            ErrorCode.FORBIDDEN,
            String.format(
                "node %s is another store: the cluster knows it by cookie %s, the directories here"
                    + " have %s. If these are the directories of another node, correct the node id"
                    + " or the directories. If the old store of node %s is lost and this one takes"
                    + " its place, start it once with: backpack node --replace %s",
                nodeId, claimed, cookie, nodeId, nodeId));
      }
      json.put(COOKIE, cookie).put("claimed", Instant.now().toString());
      if (znodes.commit(
          List.of(old.isPresent() ? znodes.set(old.get(), json) : znodes.create(name, json)))) {
        return;
      }
    }
    throw contended(name);
  }

  /** Forgets which store the node is; the next one to claim it gets it. */
  public Future<Void> removeNodeClaim(String nodeId) {
    nodeZnode(nodeId);
    return calls.run(
        () -> {
          checkConnected();
          removeClaim(znodes, nodeId);
          return null;
        });
  }

  /** Blocks; false when there was none. */
  static boolean removeClaim(Znodes znodes, String nodeId) {
    String name = nodeZnode(nodeId);
    for (int attempt = 0; attempt < Znodes.MAX_TRIES; attempt++) {
      Optional<Znode> old = znodes.read(name);
      if (old.isEmpty()) {
        return false;
      }
      if (znodes.commit(List.of(znodes.delete(old.get())))) {
        return true;
      }
    }
    throw contended(name);
  }

  /**
   * A number that nobody else in the cluster has, for the {@link io.backpack.api.VersionClock} of
   * this process; always the same one for the same {@code who}, which must therefore not run twice.
   * With a state directory it is known after a restart even while ZooKeeper is away.
   *
   * @param who as {@code node-1} or {@code coordinator-host-8080}
   * @return 0 to {@link Version#STAMPERS} - 1
   */
  public Future<Integer> stamper(String who) {
    if (!WHO.matcher(who).matches()) {
      return Future.failedFuture(
          new BackpackException(
              ErrorCode.BAD_REQUEST, "'" + who + "' cannot name who stamps versions"));
    }
    return calls.run(
        () -> {
          try {
            checkConnected();
            int stamper = allocate(who);
            files.save(who, stamper);
            return stamper;
          } catch (BackpackException e) {
            if (e.code() == ErrorCode.UNAVAILABLE) {
              return files.load(who).orElseThrow(() -> e);
            }
            throw e;
          }
        });
  }

  private int allocate(String who) {
    String name = STAMPERS + "/" + who;
    for (int attempt = 0; attempt < Znodes.MAX_TRIES; attempt++) {
      if (attempt > 0) {
        Znodes.pauseBeforeTry(attempt);
      }
      Optional<Znode> mine = znodes.read(name);
      if (mine.isPresent()) {
        return stamper(mine.get());
      }
      Optional<Znode> counter = znodes.read(STAMPERS);
      if (counter.isEmpty()) {
        // A conflict means that it is there now; the next round reads it.
        znodes.commit(List.of(znodes.create(STAMPERS, new JsonObject().put(NEXT, 0))));
        continue;
      }
      int next = number(counter.get(), NEXT);
      if (next >= Version.STAMPERS) {
        throw new BackpackException(
            ErrorCode.FORBIDDEN,
            "all " + Version.STAMPERS + " stamper ids of " + znodes.where() + " are taken");
      }
      JsonObject advanced = json(counter.get()).put(NEXT, next + 1);
      JsonObject taken = new JsonObject().put(STAMPER, next);
      if (znodes.commit(List.of(znodes.set(counter.get(), advanced), znodes.create(name, taken)))) {
        return next;
      }
    }
    throw contended(name);
  }

  private static int stamper(Znode znode) {
    int stamper = number(znode, STAMPER);
    if (stamper >= Version.STAMPERS) {
      throw damaged(znode);
    }
    return stamper;
  }

  private static int number(Znode znode, String field) {
    if (json(znode).getValue(field) instanceof Integer number && number >= 0) {
      return number;
    }
    throw damaged(znode);
  }

  private static JsonObject json(Znode znode) {
    try {
      return znode.json();
    } catch (DamagedZnodeException e) {
      throw damaged(znode);
    }
  }

  private static BackpackException damaged(Znode znode) {
    return new BackpackException(
        ErrorCode.INTERNAL, "znode '" + znode.name() + "' is damaged: " + znode.text());
  }

  private static BackpackException contended(String name) {
    return new BackpackException(
        ErrorCode.OVERLOADED, "znode '" + name + "' is changed by others all the time");
  }

  private void checkConnected() {
    // Else every call would wait for the connection timeout, on one of few threads.
    if (!follower.connected()) {
      throw znodes.unavailable("no connection");
    }
  }
}
