package io.backpack.node.config;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Every key there is; what each is stands in the class of its section. */
final class Keys {
  /** In the order of the documentation. */
  static final List<Key<?>> ALL =
      Stream.of(
              ClusterKeys.ALL,
              HttpKeys.ALL,
              BusKeys.ALL,
              StorageKeys.ALL,
              CoordinatorKeys.ALL,
              ReplicatorKeys.ALL)
          .<Key<?>>flatMap(List::stream)
          .toList();

  /** What each section is for; in the order of the documentation. */
  static final Map<String, String> SECTIONS = new LinkedHashMap<>();

  static {
    SECTIONS.put("cluster", "Where the cluster map is.");
    SECTIONS.put("http", "What all HTTP servers of this process have in common.");
    SECTIONS.put("bus", "The event bus between processes.");
    SECTIONS.put("storage", "With this section the process is a storage node, or several.");
    SECTIONS.put("coordinator", "With this section the process is a coordinator.");
    SECTIONS.put("replicator", "With this section the process is a replicator.");
  }

  /** Sections that make the process take a role. */
  static final Set<String> ROLES = Set.of("storage", "coordinator", "replicator");

  /** Read by more roles than the one whose section they are in, so they do not choose it. */
  static final Set<Key<?>> SHARED =
      Set.of(
          StorageKeys.MAX_PHOTO_SIZE,
          StorageKeys.NAMES_INCLUDE_QUERY,
          CoordinatorKeys.CONNECT_TIMEOUT,
          CoordinatorKeys.REQUEST_TIMEOUT);

  static final String INSTANCES = "storage.instances";

  private static final Pattern INDEX =
      Pattern.compile("(?<=^storage\\.instances\\.)\\d{1,4}(?=\\.)");
  private static final Map<String, Key<?>> BY_NAME = new LinkedHashMap<>();

  static {
    ALL.forEach(key -> BY_NAME.put(key.name(), key));
  }

  private Keys() {}

  /** Whether there is such a key; a number stands for {@code *}. */
  static boolean exists(String name) {
    return BY_NAME.containsKey(template(name));
  }

  /** The name with {@code *} for the number of an instance. */
  static String template(String name) {
    return INDEX.matcher(name).replaceFirst("*");
  }
}
