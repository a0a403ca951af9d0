package io.backpack.node.config;

import java.util.Locale;
import java.util.Optional;

/**
 * One key of the configuration.
 *
 * @param name as {@code storage.max-photo-size}; {@code *} stands for a number, as in {@code
 *     storage.instances.*.id}
 * @param type of its value
 * @param defaultText the value when no source has one; empty for none
 * @param defaultNote what the documentation says of the default where it is no fixed text; also
 *     {@code required}
 * @param example for the documentation, where there is no default
 * @param documentation a sentence or more
 */
record Key<T>(
    String name,
    KeyType<T> type,
    Optional<String> defaultText,
    String defaultNote,
    String example,
    String documentation) {
  static final String REQUIRED = "required";

  static <T> Key<T> withDefault(String name, KeyType<T> type, String value, String documentation) {
    return new Key<>(name, type, Optional.of(value), "", "", documentation);
  }

  static <T> Key<T> required(String name, KeyType<T> type, String example, String documentation) {
    return new Key<>(name, type, Optional.empty(), REQUIRED, example, documentation);
  }

  static <T> Key<T> optional(
      String name, KeyType<T> type, String note, String example, String documentation) {
    return new Key<>(name, type, Optional.empty(), note, example, documentation);
  }

  /** This key of one instance. */
  Key<T> at(int index) {
    return new Key<>(
        name.replace("*", Integer.toString(index)),
        type,
        defaultText,
        defaultNote,
        example,
        documentation);
  }

  boolean isRequired() {
    return defaultNote.equals(REQUIRED);
  }

  /** {@code storage}. */
  String section() {
    return name.substring(0, name.indexOf('.'));
  }

  /** The variable of the environment that sets it. */
  String environmentName() {
    return environmentName(name);
  }

  static String environmentName(String key) {
    return EnvironmentSource.PREFIX
        + key.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
  }
}
