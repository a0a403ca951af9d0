package io.backpack.node.config;

import io.backpack.api.BackpackException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * The value of every key and where it came from, from all sources together; for several storage
 * instances the keys of each. Immutable.
 */
public final class Configuration {
  /**
   * A key as {@code config show} prints it.
   *
   * @param value masked where it is secret; empty for none
   * @param source {@code default}, or where the value stands
   */
  public record Shown(String key, String value, String source) {}

  private final RawConfiguration raw;
  private final Map<String, Object> parsed = new LinkedHashMap<>();
  private final List<Shown> shown = new ArrayList<>();
  private final List<String> problems;
  private final int instances;

  private Configuration(RawConfiguration raw) {
    this.raw = raw;
    this.problems = new ArrayList<>(raw.problems());
    this.instances = countInstances();
    for (Key<?> key : Keys.ALL) {
      if (!StorageKeys.OF_INSTANCE.contains(key)) {
        parse(key, key);
      } else if (key.equals(StorageKeys.INSTANCE_ID)) {
        parseInstances();
      }
    }
  }

  /**
   * Reads all sources. What is wrong is told by {@link #toNodeConfiguration()}, all at once.
   *
   * @param file YAML; empty to read none
   * @param environment the process's; only what begins with {@code BACKPACK_} is looked at
   * @param overrides {@code key=value} each
   */
  public static Configuration load(
      Optional<Path> file, Map<String, String> environment, List<String> overrides) {
    RawConfiguration raw = new RawConfiguration();
    file.ifPresent(path -> YamlSource.read(path, raw));
    EnvironmentSource.read(environment, raw);
    OverrideSource.read(overrides, raw);
    return new Configuration(raw);
  }

  /**
   * As {@link #load}, with values that a program gives in the place of the file.
   *
   * @param given by key
   * @param owner what the program is called where a value's source is shown
   */
  public static Configuration of(
      Map<String, String> given,
      String owner,
      Map<String, String> environment,
      List<String> overrides) {
    RawConfiguration raw = new RawConfiguration();
    given.forEach((key, value) -> raw.put(key, RawValue.text(value, owner, owner)));
    EnvironmentSource.read(environment, raw);
    OverrideSource.read(overrides, raw);
    for (String key : given.keySet()) {
      raw.find(key)
          .filter(value -> !value.source().equals(owner))
          .ifPresent(
              value -> raw.problem(key + ": is set by " + owner + " (" + value.place() + ")"));
    }
    return new Configuration(raw);
  }

  /**
   * What the roles are started from.
   *
   * @throws ConfigurationException with everything that is wrong
   */
  public NodeConfiguration toNodeConfiguration() {
    List<String> all = new ArrayList<>(problems);
    new ConfigurationCheck(this, all).run();
    if (!all.isEmpty()) {
      throw new ConfigurationException(all);
    }
    return NodeConfigurationBuilder.build(this);
  }

  /** Whether its coordinator can be reached, over HTTP or the event bus, from other machines. */
  public boolean takesWritesFromAfar() {
    return new ConfigurationCheck(this, new ArrayList<>()).takesWritesFromAfar();
  }

  /** Every key, in the order of the documentation. */
  public List<Shown> shown() {
    return List.copyOf(shown);
  }

  /** Whether a host is this machine only. Said of the text alone: names are not resolved. */
  public static boolean isLoopback(String host) {
    return ConfigurationCheck.isLoopback(host);
  }

  /** Whether a host to listen on stands for every address of this machine. */
  public static boolean isEveryAddress(String host) {
    return ConfigurationCheck.isEveryAddress(host);
  }

  /** Whether the process has this role. */
  boolean has(String role) {
    return raw.has(role);
  }

  /** How many entries {@code storage.instances} has; 0 where it is not used. */
  int instances() {
    return instances;
  }

  /** The value; empty where there is none or it is wrong. */
  <T> Optional<T> find(Key<T> key) {
    // Put there under this name by parse() as what this key's type made of it.
    @SuppressWarnings("unchecked")
    T value = (T) parsed.get(key.name());
    return Optional.ofNullable(value);
  }

  /** The value of a key that has a default, or is required, in a configuration without problems. */
  <T> T get(Key<T> key) {
    return find(key)
        .orElseThrow(() -> new IllegalStateException("no value of " + key.name() + " was parsed"));
  }

  /** Whether any source has the key of this name. */
  public boolean isSet(String key) {
    return raw.find(key).isPresent();
  }

  /** Whether any source has the key. */
  boolean isSet(Key<?> key) {
    return raw.find(key.name()).isPresent();
  }

  private int countInstances() {
    TreeSet<Integer> numbers = new TreeSet<>();
    for (String key : raw.keys()) {
      if (key.startsWith(Keys.INSTANCES + ".")) {
        numbers.add(Integer.parseInt(key.split("\\.", -1)[2]));
      }
    }
    if (!numbers.isEmpty() && numbers.last() != numbers.size() - 1) {
      problems.add(
          Keys.INSTANCES + ": is numbered " + numbers + ", must be numbered from 0 without a gap");
      return 0;
    }
    return numbers.size();
  }

  private void parseInstances() {
    for (int i = 0; i < instances; i++) {
      for (Key<?> key : StorageKeys.OF_INSTANCE) {
        parse(key, key.at(i));
      }
    }
  }

  private void parse(Key<?> template, Key<?> key) {
    Optional<RawValue> found = raw.find(key.name());
    RawValue value = found.or(() -> key.defaultText().map(RawValue::byDefault)).orElse(null);
    if (value == null) {
      shown.add(new Shown(key.name(), "", key.defaultNote()));
      if (key.isRequired() && isNeeded(template)) {
        problems.add(key.name() + ": is missing; must be " + key.type().expects());
      }
      return;
    }
    String masked = key.type().mask().apply(value.shown());
    shown.add(new Shown(key.name(), masked, value.place()));
    Object result = parse(key, value);
    if (result == null) {
      problems.add(
          key.name()
              + ": '"
              + masked
              + "' ("
              + value.place()
              + ") is wrong; must be "
              + key.type().expects());
    } else {
      parsed.put(key.name(), result);
    }
  }

  private boolean isNeeded(Key<?> key) {
    if (StorageKeys.OF_ONLY_INSTANCE.contains(key)) {
      return has("storage")
          && instances == 0
          && raw.keys().stream().noneMatch(Configuration::ofInstance);
    }
    return true;
  }

  private static boolean ofInstance(String key) {
    return key.startsWith(Keys.INSTANCES + ".");
  }

  private static Object parse(Key<?> key, RawValue value) {
    if (value.sequence() && !key.type().list()) {
      return null;
    }
    try {
      return key.type().parser().apply(value.asItemsOf(key));
    } catch (BackpackException | IllegalArgumentException e) {
      return null;
    }
  }
}
