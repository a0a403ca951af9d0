package io.backpack.cluster;

import io.backpack.api.BackpackException;
import io.backpack.api.DataSize;
import io.backpack.api.ErrorCode;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.apache.curator.framework.CuratorFramework;

/**
 * Changes the cluster map, for commands: every method blocks. Changes are compare-and-set over the
 * whole of the map, so concurrent ones all survive, and whatever makes no sense is refused with a
 * {@link BackpackException} whose message says why:
 *
 * <ul>
 *   <li>{@link ErrorCode#BAD_REQUEST}: an id, address, capacity or key that is wrong in itself
 *   <li>{@link ErrorCode#NOT_FOUND}, {@link ErrorCode#UNKNOWN_SHARD}: no such server or shard
 *   <li>{@link ErrorCode#EXISTS}: it does not go with what is in the map
 *   <li>{@link ErrorCode#NOT_READY}: there is no map at this root yet
 *   <li>{@link ErrorCode#UNAVAILABLE}: ZooKeeper does not answer
 *   <li>{@link ErrorCode#INTERNAL}: the map in ZooKeeper is damaged
 * </ul>
 */
public final class ClusterAdmin implements AutoCloseable {
  /** Prefix of the keys on the queue servers as long as nobody sets another. */
  public static final String DEFAULT_QUEUE_KEY = "backpack-queue";

  private final CuratorFramework curator;
  private final Znodes znodes;
  private final MapEditor editor;

  private ClusterAdmin(CuratorFramework curator, Znodes znodes) {
    this.curator = curator;
    this.znodes = znodes;
    this.editor = new MapEditor(znodes);
  }

  /**
   * Connects.
   *
   * @param zookeeper {@code host:port,host:port}
   * @param root path below which the map lies or shall lie
   * @param timeout of connecting, and of each request
   */
  public static ClusterAdmin connect(String zookeeper, String root, Duration timeout) {
    String hosts = Curators.checkHosts(zookeeper);
    String path = Znodes.checkRoot(root);
    CuratorFramework curator = Curators.create(hosts, timeout, timeout);
    Znodes znodes = new Znodes(curator, hosts, path);
    try {
      curator.start();
      if (curator.blockUntilConnected(Math.toIntExact(timeout.toMillis()), TimeUnit.MILLISECONDS)) {
        return new ClusterAdmin(curator, znodes);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      curator.close();
      throw znodes.unavailable(e.getMessage());
    }
    curator.close();
    throw znodes.unavailable("no connection within " + timeout.toSeconds() + " s");
  }

  /** Makes an empty map. */
  public void init() {
    znodes.createRoot();
    JsonObject queue =
        new JsonObject()
            .put(MapCodec.QUEUE_SERVERS, new JsonArray())
            .put(MapCodec.QUEUE_KEY, DEFAULT_QUEUE_KEY);
    boolean done =
        znodes.commit(
            List.of(
                znodes.create(MapCodec.SERVERS, new JsonObject()),
                znodes.create(MapCodec.SHARDS, new JsonObject()),
                znodes.create(MapCodec.QUEUE, queue)));
    if (!done) {
      throw MapRules.conflict("there is a cluster map at " + znodes.where() + " already");
    }
  }

  /** Adds a storage node of which only the address is known. */
  public void addServer(String id, String host, int port) {
    addServer(id, host, port, server -> server);
  }

  /**
   * Adds a storage node.
   *
   * @param more gives all that is known of it from what the address tells
   */
  public void addServer(String id, String host, int port, UnaryOperator<Server> more) {
    MapRules.checkId("server", id);
    MapRules.checkAddress(host, port);
    Server server = more.apply(new Server(id, host, port));
    check(server);
    editor.edit(
        draft -> {
          Map<String, Server> servers = draft.decodedServers();
          Server before = servers.get(server.id());
          if (before != null) {
            throw MapRules.conflict(
                "server " + server.id() + " exists already, at " + before.url());
          }
          MapRules.checkAddressFree(servers, server.id(), server.host(), server.port());
          draft.servers().put(server.id(), MapCodec.encode(server));
          return server;
        });
  }

  /** Gives a storage node another address. */
  public void setServer(String id, String host, int port) {
    MapRules.checkAddress(host, port);
    setServer(
        id,
        before -> new Server(id, host, port, before.zone(), before.machine(), before.original()));
  }

  /**
   * Changes what the map says of a storage node.
   *
   * @param change gives what it is to be from what it is; of the same id
   * @return what it is now
   */
  public Server setServer(String id, UnaryOperator<Server> change) {
    return editor.edit(
        draft -> {
          Map<String, Server> servers = draft.decodedServers();
          MapRules.checkKnown(servers, id);
          Server server = change.apply(servers.get(id));
          check(server);
          MapRules.checkAddressFree(servers, id, server.host(), server.port());
          JsonObject entry = draft.servers().getJsonObject(id);
          JsonObject before = MapCodec.encode(servers.get(id));
          JsonObject after = MapCodec.encode(server);
          // What stays is left as others wrote it, such as a port that is a string.
          before.stream()
              .map(Map.Entry::getKey)
              .filter(field -> !after.containsKey(field))
              .forEach(entry::remove);
          after.stream()
              .filter(field -> !field.getValue().equals(before.getValue(field.getKey())))
              .forEach(field -> entry.put(field.getKey(), field.getValue()));
          return server;
        });
  }

  /**
   * Checks what somebody typed.
   *
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST} when it is no address
   */
  public static void checkAddress(String host, int port) {
    MapRules.checkAddress(host, port);
  }

  private static void check(Server server) {
    MapRules.checkAddress(server.host(), server.port());
    MapRules.checkLabel("zone", server.zone());
    MapRules.checkLabel("machine", server.machine());
  }

  /** Removes a storage node that is in no shard, and forgets which store it was. */
  public void removeServer(String id) {
    editor.edit(
        draft -> {
          MapRules.checkKnown(draft.decodedServers(), id);
          MapRules.checkUnused(draft.decodedShards(), id);
          return draft.servers().remove(id);
        });
    NodeRegistry.removeClaim(znodes, id);
  }

  /**
   * Forgets which store a node is, so that the next one that starts with this id takes its place.
   *
   * @return false when no store had claimed it
   */
  public boolean forgetStore(String id) {
    try {
      MapRules.checkKnown(new MapDraft(znodes).decodedServers(), id);
    } catch (DamagedZnodeException e) {
      throw editor.damaged(e);
    }
    return NodeRegistry.removeClaim(znodes, id);
  }

  /** Adds a shard, unless several of its nodes are on one machine. */
  public List<String> addShard(String id, List<String> nodes, DataSize capacity) {
    return addShard(id, nodes, capacity, false);
  }

  /**
   * Adds a shard; it takes no photos before it is enabled.
   *
   * @param nodes ids of servers that are in no shard yet
   * @param capacity bytes of photos that one copy of the shard may hold
   * @param force though several of the nodes are on one machine
   * @return what is unwise about it, though it was done
   */
  public List<String> addShard(String id, List<String> nodes, DataSize capacity, boolean force) {
    MapRules.checkId("shard", id);
    MapRules.checkCapacity(capacity);
    return editor.edit(draft -> new ShardEdits(draft).add(id, nodes, capacity, force));
  }

  /**
   * Lays new shards on the servers that are in none, each on different machines and, where that
   * costs no shard, in different zones; all of them or none. They take no photos before they are
   * enabled.
   *
   * @param copies nodes of each shard
   * @param capacity of each; without it they are only proposed
   * @param count how many; without it as many as there can be
   * @return the nodes by id of the shard
   */
  public Map<String, List<String>> addShards(
      int copies, Optional<DataSize> capacity, Optional<Integer> count) {
    if (copies < 1 || count.isPresent() && count.get() < 1) {
      throw MapRules.bad("shards and their copies are counted from 1");
    }
    capacity.ifPresent(MapRules::checkCapacity);
    return editor.edit(draft -> new ShardEdits(draft).addAll(copies, capacity, count));
  }

  /**
   * Changes a shard. Photos are not moved: nodes that come bring themselves what they lack.
   *
   * @param force though photos may be lost by it, or several nodes are on one machine
   * @return what is unwise about it, or is to be done next, though it was done
   */
  public List<String> setShard(String id, ShardChange change, boolean force) {
    return editor.edit(draft -> new ShardEdits(draft).change(id, change, force));
  }

  /**
   * Removes a shard from the map. Its nodes keep their photos, but nobody finds them there.
   *
   * @param force though photos were stored in it
   */
  public void removeShard(String id, boolean force) {
    editor.edit(
        draft -> {
          new ShardEdits(draft).remove(id, force);
          return id;
        });
  }

  /**
   * Lets a shard take new photos.
   *
   * @return false when it does already
   */
  public boolean enableShard(String id) {
    return editor.edit(draft -> new ShardEdits(draft).enable(id));
  }

  /**
   * Keeps a shard from taking new photos.
   *
   * @return false when it takes none already
   */
  public boolean disableShard(String id) {
    return editor.edit(draft -> new ShardEdits(draft).disable(id));
  }

  /**
   * Says where copies wait.
   *
   * @return what is unwise about it, though it was done
   */
  public List<String> setQueue(QueueSettings queue) {
    MapRules.checkQueue(queue);
    return editor.edit(
        draft -> {
          QueueSettings before = MapCodec.queue(draft.queue());
          JsonArray servers = new JsonArray();
          queue.servers().forEach(server -> servers.add(entryOf(draft.queue(), server)));
          draft.queue().put(MapCodec.QUEUE_SERVERS, servers).put(MapCodec.QUEUE_KEY, queue.key());
          return unwise(before, queue);
        });
  }

  /** The entry of this server with whatever else stands in it, or a new one. */
  private static JsonObject entryOf(JsonObject queue, QueueSettings.Endpoint server) {
    JsonArray entries = queue.getJsonArray(MapCodec.QUEUE_SERVERS, new JsonArray());
    for (int i = 0; i < entries.size(); i++) {
      if (MapCodec.endpoint(entries.getValue(i)).equals(server)) {
        return entries.getJsonObject(i);
      }
    }
    return MapCodec.encode(server);
  }

  private static List<String> unwise(QueueSettings before, QueueSettings after) {
    List<String> warnings = new ArrayList<>();
    List<QueueSettings.Endpoint> left = new ArrayList<>(before.servers());
    if (before.key().equals(after.key())) {
      left.removeAll(after.servers());
    }
    if (!left.isEmpty()) {
      warnings.add(
          "copies that wait under key '"
              + before.key()
              + "' on "
              + left
              + " stay there until they are set again");
    }
    if (after.servers().isEmpty()) {
      warnings.add("without a queue server, uploads need all of their copies at once");
    }
    return warnings;
  }

  /** The map as it is now. */
  public ClusterMap map() {
    try {
      MapDraft draft = new MapDraft(znodes);
      Map<String, Shard> shards = draft.decodedShards();
      Map<String, ShardSize> sizes = new TreeMap<>();
      for (String id : shards.keySet()) {
        Optional<Znode> size = draft.size(id);
        if (size.isPresent()) {
          sizes.put(id, MapCodec.size(id, size.get().json()));
        }
      }
      return new ClusterMap(draft.decodedServers(), shards, sizes, MapCodec.queue(draft.queue()));
    } catch (DamagedZnodeException e) {
      throw editor.damaged(e);
    }
  }

  /**
   * All of ours below the root to the letter: an object per znode, or a string for what is not
   * JSON.
   */
  public JsonObject dump() {
    if (znodes.read(MapCodec.SERVERS).isEmpty()) {
      throw znodes.notInitialised();
    }
    JsonObject all = new JsonObject();
    for (String name : new TreeSet<>(znodes.list(""))) {
      if (MapCodec.isPart(name) || NodeRegistry.isPart(name)) {
        dump(all, name);
        znodes.list(name).stream().sorted().forEach(below -> dump(all, name + "/" + below));
      }
    }
    return all;
  }

  private void dump(JsonObject all, String name) {
    Optional<Znode> znode = znodes.read(name);
    if (znode.isPresent()) {
      try {
        all.put(name, znode.get().json());
      } catch (DamagedZnodeException e) {
        all.put(name, znode.get().text());
      }
    }
  }

  /** Which ZooKeeper and root, for people. */
  public String where() {
    return znodes.where();
  }

  /** The ZooKeeper servers. */
  public String zookeeper() {
    return znodes.hosts();
  }

  /** The path below which the map lies. */
  public String root() {
    return znodes.root();
  }

  @Override
  public void close() {
    curator.close();
  }
}
