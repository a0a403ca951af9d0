package io.backpack.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What the rows measure with: photo sets, stores, one node at a time, nginx, load. Everything is in
 * one directory, and is gone when this is closed. One thread.
 */
final class Bench implements AutoCloseable {
  static final int CONNECTIONS = 64;

  private final Options options;
  private final Path directory;
  private final Processes processes;
  private final Thread hook = new Thread(this::vanish);
  private final Wrk wrk;
  private final Disk disk;
  private final Map<String, Site> sites = new HashMap<>();
  private final Map<String, Store> stores = new HashMap<>();
  private final Map<String, List<Double>> remembered = new LinkedHashMap<>();
  private final Set<String> warm = new HashSet<>();
  private int lastId;
  private Optional<ZooKeeper> zooKeeper = Optional.empty();
  private Optional<Running> running = Optional.empty();

  private record Running(Node node, Store store, List<String> settings) {}

  Bench(Options options) throws IOException {
    this.options = options;
    this.directory = Files.createTempDirectory(options.dir.toRealPath(), "backpack-bench");
    Runtime.getRuntime().addShutdownHook(hook);
    Path logs = Files.createDirectories(directory.resolve("logs"));
    this.processes = new Processes(logs);
    this.wrk = new Wrk(processes);
    this.disk = new Disk(processes, directory);
  }

  Options options() {
    return options;
  }

  Processes processes() {
    return processes;
  }

  Wrk wrk() {
    return wrk;
  }

  Disk disk() {
    return disk;
  }

  /** A new place for files. */
  Path path(String name) {
    return directory.resolve(name);
  }

  /** The photos as files with an nginx and as a store, made when first asked for. */
  Site site(Photos photos) throws IOException {
    Site known = sites.get(photos.name());
    if (known != null) {
      return known;
    }
    Path root = path("files-" + photos.name());
    photos.writeFiles(root);
    Nginx nginx = Nginx.start(processes, path("nginx-" + photos.name()), root);
    Site site = new Site(photos, nginx, store(photos));
    disk.settle();
    sites.put(photos.name(), site);
    return site;
  }

  /** Makes room: ends the node and deletes the files and stores of all sets. */
  void forgetSites() throws IOException {
    stopNode();
    for (Site site : sites.values()) {
      site.nginx().stop();
      site.store().redis().stop();
      String name = site.photos().name();
      delete(path("nginx-" + name));
      delete(path("files-" + name));
      delete(stores.remove(name).directory());
    }
    sites.clear();
  }

  /** The photos as a store alone. */
  Store store(Photos photos) throws IOException {
    Store known = stores.get(photos.name());
    if (known != null) {
      return known;
    }
    Store made =
        Store.make(
            processes,
            nextId(),
            photos,
            path("store-" + photos.name()),
            Store.VOLUME_SIZE,
            photo -> false);
    stores.put(photos.name(), made);
    return made;
  }

  /** An id for a node that no other one here has. */
  String nextId() {
    return Integer.toString(++lastId);
  }

  /** What a slice is, for the scale of a row. */
  String slices() {
    return options.rounds() + " rounds of " + options.seconds() + " s";
  }

  /** Begins a node beside the others; the caller waits for it and ends it. */
  Node launch(Store store, String... settings) throws IOException {
    return Node.launch(processes, store, zooKeeper().address(), all(settings), Map.of());
  }

  private List<String> all(String... settings) {
    List<String> all = new ArrayList<>(options.settings);
    all.addAll(List.of(settings));
    return all;
  }

  /** The one node that runs, on this store with these settings; ends another one before. */
  Node node(Store store, String... settings) throws IOException {
    List<String> all = all(settings);
    if (running.isPresent()) {
      Running now = running.get();
      if (now.store().equals(store) && now.settings().equals(all)) {
        return now.node();
      }
      stopNode();
    }
    Node node = launch(store, settings);
    node.awaitReady();
    running = Optional.of(new Running(node, store, all));
    return node;
  }

  /** The same with options for its JVM. */
  Node launchWith(String javaOptions, Store store, String... settings) throws IOException {
    return Node.launch(
        processes,
        store,
        zooKeeper().address(),
        all(settings),
        Map.of("BACKPACK_JAVA_OPTS", javaOptions));
  }

  ZooKeeper zooKeeper() throws IOException {
    if (zooKeeper.isEmpty()) {
      zooKeeper = Optional.of(ZooKeeper.start(processes, path("zookeeper")));
    }
    return zooKeeper.get();
  }

  /** Ends the one node, if it runs. */
  void stopNode() throws IOException {
    if (running.isPresent()) {
      running.get().node().stop();
      running = Optional.empty();
    }
  }

  /** Deletes what a row alone needed. */
  void delete(Path path) throws IOException {
    processes.run("rm", "-rf", path.toString());
  }

  /** Whether this Backpack knows a key of the configuration. */
  static boolean knows(String key) throws IOException {
    return Files.readString(Path.of("docs/configuration.md")).contains("`" + key + "`");
  }

  /** Notes that a set was loaded; false when it had been before. */
  boolean warmed(String set) {
    return warm.add(set);
  }

  /** Keeps rounds that another row wants too. */
  void remember(String row, List<Double> rounds) {
    remembered.put(row, List.copyOf(rounds));
  }

  Optional<List<Double>> remembered(String row) {
    return Optional.ofNullable(remembered.get(row));
  }

  private void vanish() {
    processes.close();
    try {
      new ProcessBuilder("rm", "-rf", directory.toString()).inheritIO().start().waitFor();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      System.err.println("could not remove " + directory + ": " + e.getMessage());
    }
  }

  @Override
  public void close() {
    vanish();
    Runtime.getRuntime().removeShutdownHook(hook);
  }
}
