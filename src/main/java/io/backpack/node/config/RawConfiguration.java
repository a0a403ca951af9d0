package io.backpack.node.config;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What the sources say, each over the one before it, and what is wrong with how they say it. */
final class RawConfiguration {
  private final Map<String, RawValue> values = new LinkedHashMap<>();
  private final Set<String> sections = new LinkedHashSet<>();
  private final List<String> problems = new ArrayList<>();

  /** Takes a value, over any of an earlier source, if there is such a key. */
  void put(String key, RawValue value) {
    if (Keys.exists(key)) {
      values.put(key, value);
    } else {
      problem("unknown key '" + key + "' (" + value.place() + ")" + suggestion(key));
    }
  }

  /** Notes that a section is there, if only as an empty one. */
  void section(String name) {
    sections.add(name);
  }

  void problem(String line) {
    problems.add(line);
  }

  Optional<RawValue> find(String key) {
    return Optional.ofNullable(values.get(key));
  }

  Set<String> keys() {
    return values.keySet();
  }

  List<String> problems() {
    return problems;
  }

  /**
   * Whether the section was named, or a key in it that only its own role reads, by whatever source.
   */
  boolean has(String section) {
    return sections.contains(section)
        || Keys.ALL.stream()
            .filter(key -> key.section().equals(section) && !Keys.SHARED.contains(key))
            .anyMatch(
                key -> values.keySet().stream().anyMatch(k -> key.name().equals(Keys.template(k))));
  }

  private static String suggestion(String key) {
    Collection<String> names = Keys.ALL.stream().map(Key::name).toList();
    return NearestName.of(Keys.template(key), names)
        .map(nearest -> ", did you mean '" + nearest + "'?")
        .orElse("");
  }
}
