package io.backpack.node.config;

import java.util.ArrayList;
import java.util.List;

/** The documentation of every key, as {@code conf/backpack.yaml} and as tables in Markdown. */
final class Reference {
  private static final int WIDTH = 96;

  private Reference() {}

  /** A configuration file with every key; what has a default, or need not be, is commented out. */
  static String yaml() {
    StringBuilder out = new StringBuilder();
    out.append(
        """
        # Every key of the configuration, with its default. Check it with
        #   ./backpack config check --config FILE
        # What --set key=value or the environment say goes over what stands here:
        # storage.max-photo-size is BACKPACK_STORAGE_MAX_PHOTO_SIZE, and with _FILE behind it the
        # value is read from that file. Sizes are 100mb (powers of 1024), durations 500ms 30s 7d.
        #
        # As it stands it is one storage node, a coordinator and a replicator in one process, on
        # loopback, with a ZooKeeper and a Redis beside them. Leave out the sections of roles that
        # this process is not to take.
        """);
    Keys.SECTIONS.forEach(
        (section, documentation) -> {
          out.append("\n# ").append(documentation).append('\n').append(section).append(":\n");
          for (Key<?> key : Keys.ALL) {
            if (key.section().equals(section) && !StorageKeys.OF_INSTANCE.contains(key)) {
              yaml(key, out);
            }
          }
          if (section.equals("storage")) {
            instances(out);
          }
        });
    return out.toString();
  }

  private static void yaml(Key<?> key, StringBuilder out) {
    String note =
        key.defaultNote().isEmpty() ? "" : " (" + key.type().name() + "; " + noteOf(key) + ")";
    if (note.isEmpty()) {
      note = " (" + key.type().name() + ")";
    }
    for (String line : wrap(key.documentation() + note, WIDTH)) {
      out.append("  # ").append(line).append('\n');
    }
    out.append(key.isRequired() ? "  " : "  #")
        .append(key.name().substring(key.section().length() + 1))
        .append(": ")
        .append(key.defaultText().map(Reference::quoted).orElse(key.example()))
        .append('\n');
  }

  private static void instances(StringBuilder out) {
    out.append("  # Several storage nodes in one process, instead of id, port, dirs and redis:\n");
    out.append("  #instances:\n");
    String lead = "  #  - ";
    for (Key<?> key : StorageKeys.OF_INSTANCE) {
      String name = key.name().substring(key.name().lastIndexOf('.') + 1);
      out.append(lead).append(name).append(": ").append(key.example());
      out.append(key.isRequired() ? "\n" : "  # " + noteOf(key) + "\n");
      lead = "  #    ";
    }
  }

  private static String quoted(String text) {
    return text.isEmpty() || text.contains(", ") ? '"' + text + '"' : text;
  }

  private static String noteOf(Key<?> key) {
    return key.isRequired() ? Key.REQUIRED : "default: " + key.defaultNote();
  }

  /** A table for each section. */
  static String markdown() {
    StringBuilder out = new StringBuilder();
    Keys.SECTIONS.forEach(
        (section, documentation) -> {
          out.append("\n### ").append(section).append("\n\n").append(documentation);
          out.append("\n\n| key | type | default | meaning |\n| --- | --- | --- | --- |\n");
          for (Key<?> key : Keys.ALL) {
            if (key.section().equals(section)) {
              out.append(row(key));
            }
          }
        });
    return out.toString();
  }

  private static String row(Key<?> key) {
    String value =
        key.defaultText()
            .map(text -> text.isEmpty() ? "empty" : "`" + text + "`")
            .orElse(key.defaultNote());
    return "| `%s` | %s | %s | %s |\n"
        .formatted(key.name(), key.type().name(), value, key.documentation().replace("|", "\\|"));
  }

  private static List<String> wrap(String text, int width) {
    List<String> lines = new ArrayList<>();
    StringBuilder line = new StringBuilder();
    for (String word : text.split(" ", -1)) {
      if (line.length() + word.length() >= width) {
        lines.add(line.toString());
        line.setLength(0);
      }
      line.append(line.isEmpty() ? "" : " ").append(word);
    }
    lines.add(line.toString());
    return lines;
  }
}
