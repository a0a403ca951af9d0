package io.backpack.node.config;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Finds what is wrong between keys that are each right in themselves. */
final class ConfigurationCheck {
  private final Configuration configuration;
  private final List<String> problems;

  ConfigurationCheck(Configuration configuration, List<String> problems) {
    this.configuration = configuration;
    this.problems = problems;
  }

  void run() {
    if (Keys.ROLES.stream().noneMatch(configuration::has)) {
      problems.add("no role: needs a section storage, coordinator or replicator, or several");
    }
    checkWriteToken();
    checkCoordinatorId();
    checkInstances();
    checkPorts();
    checkBus();
    fits(StorageKeys.MAX_PHOTO_SIZE, StorageKeys.UPLOAD_MEMORY);
    fits(CoordinatorKeys.RETAIN, CoordinatorKeys.UPLOAD_MEMORY);
    notAbove(
        ReplicatorKeys.BACKOFF,
        ReplicatorKeys.MAX_BACKOFF,
        configuration.find(ReplicatorKeys.MAX_BACKOFF));
  }

  private void checkWriteToken() {
    boolean serves =
        configuration.has("storage")
            || configuration.has("coordinator")
            || configuration.isSet(ReplicatorKeys.PORT);
    boolean open =
        configuration.find(HttpKeys.WRITE_TOKEN).filter(String::isEmpty).isPresent()
            && configuration.find(HttpKeys.INSECURE).filter(insecure -> !insecure).isPresent();
    if (open && serves && isBeyondLoopback(HttpKeys.HOST)) {
      refuseWithoutToken(HttpKeys.HOST);
    }
    if (open && configuration.has("coordinator") && busIsBeyondLoopback()) {
      refuseWithoutToken(BusKeys.HOST);
    }
  }

  static boolean isOfManyMachines(String hostName) {
    return hostName.matches("localhost(\\..*)?|127\\..*");
  }

  private void refuseWithoutToken(Key<String> host) {
    problems.add(
        "http.write-token: is missing, and "
            + host.name()
            + " '"
            + configuration.get(host)
            + "' is beyond loopback, so anybody could write and delete; set a token, or"
            + " http.insecure: true where the network is closed");
  }

  private boolean isBeyondLoopback(Key<String> host) {
    return configuration.find(host).filter(text -> !isLoopback(text)).isPresent();
  }

  private boolean busIsBeyondLoopback() {
    return configuration.find(BusKeys.ENABLED).orElse(false) && isBeyondLoopback(BusKeys.HOST);
  }

  /** Whether a coordinator of this configuration takes writes from other machines. */
  boolean takesWritesFromAfar() {
    return isBeyondLoopback(HttpKeys.HOST) || busIsBeyondLoopback();
  }

  /** Versions are unique only where coordinators have different ids. */
  private void checkCoordinatorId() {
    if (configuration.has("coordinator")
        && !configuration.isSet(CoordinatorKeys.ID)
        && isBeyondLoopback(HttpKeys.HOST)
        && isOfManyMachines(NodeConfigurationBuilder.hostName())) {
      problems.add(
          "coordinator.id: is missing, and this machine is called '"
              + NodeConfigurationBuilder.hostName()
              + "' as many are; set one that is unique in the cluster");
    }
  }

  /** Said of the text alone: names are not resolved to find out. */
  static boolean isLoopback(String host) {
    return host.equals("localhost")
        || host.matches("127(\\.\\d{1,3}){3}")
        || host.equals("::1")
        || host.equals("[::1]");
  }

  static boolean isEveryAddress(String host) {
    return host.equals("0.0.0.0") || host.equals("::") || host.equals("[::]");
  }

  private void checkInstances() {
    if (configuration.instances() == 0) {
      return;
    }
    for (Key<?> key : StorageKeys.OF_ONLY_INSTANCE) {
      if (configuration.isSet(key)) {
        problems.add(
            key.name() + ": cannot stand beside storage.instances; move it into one of them");
      }
    }
    Set<String> ids = new HashSet<>();
    Map<Path, String> dirs = new HashMap<>();
    for (int i = 0; i < configuration.instances(); i++) {
      Key<String> idKey = StorageKeys.INSTANCE_ID.at(i);
      configuration
          .find(idKey)
          .filter(id -> !ids.add(id))
          .ifPresent(id -> problems.add(idKey.name() + ": '" + id + "' is another instance's id"));
      Key<List<Path>> dirsKey = StorageKeys.INSTANCE_DIRS.at(i);
      for (Path dir : configuration.find(dirsKey).orElse(List.of())) {
        String other = dirs.put(dir.toAbsolutePath().normalize(), dirsKey.name());
        if (other != null) {
          problems.add(dirsKey.name() + ": '" + dir + "' is also in " + other);
        }
      }
    }
  }

  private void checkPorts() {
    Map<Integer, String> taken = new HashMap<>();
    int servers = 0;
    if (configuration.has("coordinator")) {
      servers++;
      claim(CoordinatorKeys.PORT, taken);
      claim(CoordinatorKeys.ADMIN_PORT, taken);
    }
    if (configuration.has("storage") && configuration.instances() == 0) {
      servers++;
      claim(StorageKeys.PORT, taken);
      claim(StorageKeys.ADMIN_PORT, taken);
    }
    for (int i = 0; i < configuration.instances(); i++) {
      servers++;
      claim(StorageKeys.INSTANCE_PORT.at(i), taken);
      claim(StorageKeys.INSTANCE_ADMIN_PORT.at(i), taken);
    }
    if (configuration.has("replicator") && configuration.isSet(ReplicatorKeys.PORT)) {
      servers++;
      claim(ReplicatorKeys.PORT, taken);
    }
    if (servers > 1 && configuration.isSet(HttpKeys.ADMIN_PORT)) {
      problems.add(
          "http.admin-port: this process has "
              + servers
              + " servers, which cannot share one; set storage.admin-port,"
              + " storage.instances.*.admin-port and coordinator.admin-port");
    }
    claim(HttpKeys.ADMIN_PORT, taken);
    if (configuration.find(BusKeys.ENABLED).orElse(false)) {
      claim(BusKeys.PORT, taken);
    }
  }

  private void claim(Key<Integer> key, Map<Integer, String> taken) {
    Optional<Integer> port = configuration.find(key).filter(number -> number != 0);
    if (port.isPresent()) {
      String other = taken.putIfAbsent(port.get(), key.name());
      if (other != null) {
        problems.add(key.name() + ": '" + port.get() + "' is also " + other);
      }
    }
  }

  private void checkBus() {
    if (configuration.find(BusKeys.ENABLED).orElse(false)
        && configuration.find(BusKeys.HOST).filter(ConfigurationCheck::isEveryAddress).isPresent()
        && !configuration.isSet(BusKeys.PUBLIC_HOST)) {
      problems.add(
          "bus.public-host: is missing, and bus.host is every address; must be the one that other"
              + " members reach");
    }
  }

  /** What follows the machine by itself makes room for the largest one. */
  private void fits(Key<Long> largest, Key<Optional<Long>> memory) {
    notAbove(largest, memory, configuration.find(memory).flatMap(size -> size));
  }

  private <T extends Comparable<T>> void notAbove(Key<T> low, Key<?> high, Optional<T> most) {
    Optional<T> least = configuration.find(low);
    if (least.isPresent() && most.isPresent() && least.get().compareTo(most.get()) > 0) {
      problems.add(low.name() + ": must not be above " + high.name());
    }
  }
}
