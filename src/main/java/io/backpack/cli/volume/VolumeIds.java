package io.backpack.cli.volume;

import io.backpack.cli.CliException;

/** How volumes are called on the command line: by their ids, or by the names of their files. */
final class VolumeIds {
  private static final String FILE = "data_";

  private VolumeIds() {}

  /** An id as people see it. */
  static String text(int volume) {
    return Integer.toUnsignedString(volume);
  }

  /** The file of a volume. */
  static String file(int volume) {
    return FILE + text(volume);
  }

  /** The id in what was typed. */
  static String plain(String typed) {
    return typed.startsWith(FILE) ? typed.substring(FILE.length()) : typed;
  }

  static CliException unknown(String typed) {
    return new CliException(
        CliException.NOT_FOUND,
        "there is no volume " + typed + "; 'backpack volume list' shows what there is");
  }
}
