package io.backpack.node.config;

import java.util.Arrays;
import java.util.List;

/**
 * A value as a source has it.
 *
 * @param items the text, or the items of a YAML sequence
 * @param sequence it is a YAML sequence
 * @param source {@code default}, {@code file}, {@code environment} or {@code --set}
 * @param place where in the source, as {@code server.yaml line 12}
 */
record RawValue(List<String> items, boolean sequence, String source, String place) {
  RawValue {
    items = List.copyOf(items);
  }

  static RawValue text(String text, String source, String place) {
    return new RawValue(List.of(text), false, source, place);
  }

  static RawValue byDefault(String text) {
    return text(text, "default", "default");
  }

  /** The items of a list, however it was written. */
  List<String> asList() {
    if (sequence) {
      return items;
    }
    return Arrays.stream(items.get(0).split(","))
        .map(String::strip)
        .filter(s -> !s.isEmpty())
        .toList();
  }

  /** What the parser of this key takes. */
  List<String> asItemsOf(Key<?> key) {
    return key.type().list() ? asList() : items;
  }

  /** For people. */
  String shown() {
    return sequence ? "[" + String.join(", ", items) + "]" : items.get(0);
  }
}
