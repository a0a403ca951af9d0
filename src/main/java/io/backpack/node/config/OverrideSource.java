package io.backpack.node.config;

import java.util.List;

/** Reads {@code --set key=value}; of two for one key the later wins. */
final class OverrideSource {
  private OverrideSource() {}

  static void read(List<String> overrides, RawConfiguration into) {
    for (String override : overrides) {
      int equals = override.indexOf('=');
      if (equals <= 0) {
        // What follows a wrong sign may be a secret.
        into.problem("--set " + override.split("[: =]", 2)[0] + "...: must be --set key=value");
      } else {
        into.put(
            override.substring(0, equals).strip(),
            RawValue.text(override.substring(equals + 1).strip(), "--set", "--set"));
      }
    }
  }
}
