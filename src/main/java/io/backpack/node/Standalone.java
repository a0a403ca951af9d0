package io.backpack.node;

import io.backpack.api.BackpackException;
import io.backpack.api.DataSize;
import io.backpack.api.ErrorCode;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.Server;
import io.backpack.node.config.Configuration;
import io.backpack.node.config.NodeConfiguration;
import io.vertx.core.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything in one process, for a box that has nothing else: a ZooKeeper, two Redis of its own,
 * storage nodes in one shard, a coordinator and a replicator. All data is in one directory, and the
 * same directory after any stop has everything that was acknowledged. Starting and stopping block.
 */
public final class Standalone implements AutoCloseable {
  private static final Duration ADMIN_TIMEOUT = Duration.ofSeconds(30);
  private static final long STOP_MINUTES = 2;

  /** Its nodes compare themselves in a moment; a new photo is not to be waited for longer. */
  private static final Duration SETTLE = Duration.ofSeconds(10);

  private static final Logger LOG = LoggerFactory.getLogger(Standalone.class);

  private final StandaloneSettings settings;
  private final Map<String, String> environment;
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final CompletableFuture<String> lost = new CompletableFuture<>();
  private DataDirectory data;
  private EmbeddedZooKeeper zooKeeper;
  private NodeProcess process;
  private Optional<String> madeToken = Optional.empty();

  private Standalone(StandaloneSettings settings, Map<String, String> environment) {
    this.settings = settings;
    this.environment = environment;
  }

  /**
   * Starts everything and waits until it takes uploads.
   *
   * @param environment of the process, for keys of the configuration
   * @throws BackpackException {@link ErrorCode#UNAVAILABLE} with one line that says what is in the
   *     way: the directory or a port in use, a program that is missing
   */
  public static Standalone start(StandaloneSettings settings, Map<String, String> environment) {
    Standalone standalone = new Standalone(settings, environment);
    try {
      standalone.start();
      return standalone;
    } catch (IOException e) {
      standalone.close();
      throw new BackpackException(ErrorCode.UNAVAILABLE, describe(e), e);
    } catch (RuntimeException e) {
      standalone.close();
      throw e;
    }
  }

  private static String describe(IOException e) {
    return e.getClass() == IOException.class
        ? e.getMessage()
        : e.getClass().getSimpleName() + ": " + e.getMessage();
  }

  private void start() throws IOException {
    data = opened(DataDirectory.open(settings.data()));
    int nodes = countNodes();
    // Before anything starts: what is wrong with the configuration, and which port is taken.
    configuration(nodes, "127.0.0.1:1", "unix:///redis.sock");
    checkPorts(nodes);
    zooKeeper = opened(EmbeddedZooKeeper.start(data.zookeeper()));
    OwnRedis index = kept(OwnRedis.start(data.redis(), OwnRedis.Use.INDEX));
    OwnRedis queue = kept(OwnRedis.start(data.queue(), OwnRedis.Use.QUEUE));
    NodeConfiguration configuration = configuration(nodes, zooKeeper.connectString(), index.uri());
    settleMap(configuration, queue);
    // Without a limit: a recovery takes as long as it takes, and would begin again at each start.
    process = await(NodeProcess.start(configuration), Long.MAX_VALUE);
    await(process.ready(), Long.MAX_VALUE);
    await(process.settled(SETTLE), STOP_MINUTES);
  }

  private <T extends AutoCloseable> T opened(T part) {
    open.push(part);
    return part;
  }

  private OwnRedis kept(OwnRedis redis) {
    redis.lost().thenAccept(lost::complete);
    return opened(redis);
  }

  private int countNodes() throws IOException {
    int before = data.nodes();
    int wanted = settings.nodes().orElse(before == 0 ? StandaloneSettings.DEFAULT_NODES : before);
    if (before != 0 && wanted != before) {
      throw new BackpackException(
          ErrorCode.BAD_REQUEST,
          "the directory "
              + settings.data()
              + " is of "
              + before
              + " nodes, and their number is not changed later: leave out --nodes, or choose"
              + " another directory with --data");
    }
    return wanted;
  }

  private NodeConfiguration configuration(int nodes, String zooKeeperServer, String redis)
      throws IOException {
    Map<String, String> given =
        StandaloneKeys.of(data, settings.host(), settings.port(), nodes, zooKeeperServer, redis);
    if (needsToken(given)) {
      madeToken = Optional.of(data.writeToken());
      given.put("http.write-token", madeToken.get());
    }
    return load(given).toNodeConfiguration();
  }

  private Configuration load(Map<String, String> given) {
    return Configuration.of(given, StandaloneKeys.OWNER, environment, settings.overrides());
  }

  private boolean needsToken(Map<String, String> given) {
    Configuration plain = load(given);
    return !settings.host().isEmpty()
        && plain.takesWritesFromAfar()
        && !plain.isSet("http.write-token")
        && !plain.isSet("http.insecure");
  }

  private void checkPorts(int nodes) {
    InetAddress address;
    try {
      address = InetAddress.getByName(settings.host());
    } catch (UnknownHostException e) {
      throw new BackpackException(
          ErrorCode.BAD_REQUEST,
          "--host " + settings.host() + " is not an address of this machine");
    }
    for (int port = settings.port(); port <= settings.port() + nodes; port++) {
      if (!Ports.isFree(address, port)) {
        throw new BackpackException(
            ErrorCode.UNAVAILABLE,
            "port "
                + port
                + " of "
                + settings.host()
                + " is in use or not allowed: end what listens there, or choose others with --port");
      }
    }
  }

  /** Where the parts of this process reach each other. */
  private String innerHost() {
    return Configuration.isEveryAddress(settings.host()) ? "127.0.0.1" : settings.host();
  }

  private void settleMap(NodeConfiguration configuration, OwnRedis queue) throws IOException {
    List<Server> servers = new ArrayList<>();
    configuration
        .storage()
        .forEach(node -> servers.add(new Server(node.nodeId(), innerHost(), node.http().port())));
    // All nodes keep a copy each of all photos, and on the same disk here.
    long disk = Files.getFileStore(data.root()).getTotalSpace();
    DataSize capacity = new DataSize(Math.max(1, disk / servers.size()));
    try (ClusterAdmin admin =
        ClusterAdmin.connect(zooKeeper.connectString(), StandaloneKeys.ROOT, ADMIN_TIMEOUT)) {
      new StandaloneMap(admin).settle(servers, capacity, queue.socket().toString());
    }
  }

  private static <T> T await(Future<T> future, long minutes) throws IOException {
    try {
      return future.toCompletionStage().toCompletableFuture().get(minutes, TimeUnit.MINUTES);
    } catch (ExecutionException e) {
      BackpackException failure = BackpackException.of(e.getCause());
      if (failure.code() == ErrorCode.INTERNAL) {
        LOG.error("the start failed", e.getCause());
      }
      throw failure;
    } catch (TimeoutException e) {
      throw new IOException("the process was not ready in " + minutes + " minutes", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Where the uploads go. */
  public String url() {
    String host =
        Configuration.isEveryAddress(settings.host()) ? Ports.hostName() : settings.host();
    return new Server("any", host, settings.port()).url() + "/";
  }

  /** Where each role listens. */
  public List<NodeProcess.Address> addresses() {
    return process.addresses();
  }

  /** The ZooKeeper servers and the root of the map, for the cluster commands. */
  public String clusterMap() {
    return "--zookeeper " + zooKeeper.connectString() + " --root " + StandaloneKeys.ROOT;
  }

  public Path data() {
    return data.root();
  }

  /** The write token that was made because it listens beyond loopback. */
  public Optional<String> writeToken() {
    return madeToken;
  }

  /** Where that token is kept. */
  public Path writeTokenFile() {
    return data.writeTokenFile();
  }

  /**
   * Completes with one line that says why, when a part ended that everything needs and could not be
   * started again. All that is left to do then is to end.
   */
  public CompletionStage<String> lost() {
    return lost;
  }

  /** Stops everything, the last started first. Never fails: what goes wrong is logged. */
  @Override
  public void close() {
    if (process != null) {
      try {
        await(process.close(), STOP_MINUTES);
      } catch (IOException e) {
        LOG.warn("the roles did not stop cleanly: {}", e.getMessage());
      }
    }
    while (!open.isEmpty()) {
      try {
        open.pop().close();
      } catch (Exception e) {
        // What AutoCloseable declares; the rest is to be closed in any case.
        LOG.warn("did not stop cleanly: {}", e.getMessage());
      }
    }
  }
}
