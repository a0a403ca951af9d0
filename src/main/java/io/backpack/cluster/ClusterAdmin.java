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

  /** Adds a storage node. */
  public void addServer(String id, String host, int port) {
    MapRules.checkId("server", id);
    MapRules.checkAddress(host, port);
    editor.edit(
        draft -> {
          Map<String, Server> servers = draft.decodedServers();
          if (servers.containsKey(id)) {
            throw MapRules.conflict(
                "server " + id + " exists already, at " + servers.get(id).url());
          }
          MapRules.checkAddressFree(servers, id, host, port);
          draft.servers().put(id, MapCodec.encode(new Server(id, host, port)));
          return id;
        });
  }

  /** Gives a storage node another address. */
  public void setServer(String id, String host, int port) {
    MapRules.checkAddress(host, port);
    editor.edit(
        draft -> {
          Map<String, Server> servers = draft.decodedServers();
          MapRules.checkKnown(servers, id);
          MapRules.checkAddressFree(servers, id, host, port);
          JsonObject entry = draft.servers().getJsonObject(id);
          draft.servers().put(id, entry.put(MapCodec.HOST, host).put(MapCodec.PORT, port));
          return id;
        });
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

  /**
   * Adds a shard; it takes no photos before it is enabled.
   *
   * @param nodes ids of servers that are in no shard yet
   * @param capacity bytes of photos that one copy of the shard may hold
   * @return what is unwise about it, though it was done
   */
  public List<String> addShard(String id, List<String> nodes, DataSize capacity) {
    MapRules.checkId("shard", id);
    MapRules.checkCapacity(capacity);
    return editor.edit(
        draft -> {
          Map<String, Server> servers = draft.decodedServers();
          Map<String, Shard> shards = draft.decodedShards();
          if (shards.containsKey(id)) {
            throw MapRules.conflict("shard " + id + " exists already");
          }
          MapRules.checkNodes(servers, shards, nodes);
          if (draft.size(id).isPresent()) {
            throw MapRules.conflict(
                "there is no shard "
                    + id
                    + " but its size, at "
                    + znodes.path(MapCodec.sizeZnode(id))
                    + ": it was removed by hand; delete that znode or take another id");
          }
          draft.shards().put(id, MapCodec.encode(new Shard(id, nodes, true)));
          draft.createSize(id, new ShardSize(capacity.bytes(), 0));
          return MapRules.sharedHost(servers, nodes).stream().toList();
        });
  }

  /**
   * Removes a shard from the map. Its nodes keep their photos, but nobody finds them there.
   *
   * @param force though photos were stored in it
   */
  public void removeShard(String id, boolean force) {
    editor.edit(
        draft -> {
          MapRules.checkKnownShard(draft.decodedShards(), id);
          Optional<Znode> size = draft.size(id);
          long bytes = force || size.isEmpty() ? 0 : MapCodec.size(id, size.get().json()).current();
          if (bytes > 0) {
            throw MapRules.conflict(
                "shard "
                    + id
                    + " holds "
                    + new DataSize(bytes).forPeople()
                    + " of photos, which could not be read any more; --force removes it anyway");
          }
          size.ifPresent(draft::deleteSize);
          return draft.shards().remove(id);
        });
  }

  /**
   * Lets a shard take new photos.
   *
   * @return false when it does already
   */
  public boolean enableShard(String id) {
    return editor.edit(
        draft -> {
          Shard shard = knownShard(draft, id);
          Map<String, Server> servers = draft.decodedServers();
          if (shard.nodes().isEmpty()) {
            throw MapRules.conflict("shard " + id + " has no nodes");
          }
          shard.nodes().forEach(node -> MapRules.checkKnown(servers, node));
          draft.shards().getJsonObject(id).remove(MapCodec.READ_ONLY);
          return shard.readOnly();
        });
  }

  /**
   * Keeps a shard from taking new photos.
   *
   * @return false when it takes none already
   */
  public boolean disableShard(String id) {
    return editor.edit(
        draft -> {
          Shard shard = knownShard(draft, id);
          draft.shards().getJsonObject(id).put(MapCodec.READ_ONLY, true);
          return !shard.readOnly();
        });
  }

  private static Shard knownShard(MapDraft draft, String id) {
    Map<String, Shard> shards = draft.decodedShards();
    MapRules.checkKnownShard(shards, id);
    return shards.get(id);
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
