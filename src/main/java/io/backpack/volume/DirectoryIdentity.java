package io.backpack.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;

/**
 * Whose a directory is: the file {@code backpack.identity}, text so that people can read it.
 *
 * <pre>
 *   backpack-identity 1
 *   node 1
 *   cookie 0123456789abcdef0123456789abcdef
 *   directory 2
 *   directories 3
 *   crc32c 89abcdef
 * </pre>
 *
 * @param ordinal of this directory in the node, 1 to 255
 * @param highest ordinal the node had given out when this was written; how an empty new directory
 *     is told from one whose disk is not mounted
 */
record DirectoryIdentity(StoreIdentity store, int ordinal, int highest) {
  static final String FILE = "backpack.identity";
  private static final String FIRST_LINE = "backpack-identity 1";
  private static final String CRC_KEY = "crc32c ";

  DirectoryIdentity {
    if (ordinal < 1 || ordinal > VolumeSettings.MAX_DIRS) {
      throw new IllegalArgumentException("no directory has the number " + ordinal);
    }
    if (highest < 0 || highest > VolumeSettings.MAX_DIRS) {
      throw new IllegalArgumentException("no node has " + highest + " directories");
    }
  }

  /** The file is there and is no identity. */
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String message) {
      super(message);
    }
  }

  void write(Disk disk, Path dir) throws IOException {
    String text =
        String.join(
            "\n",
            FIRST_LINE,
            "node " + store.nodeId(),
            "cookie " + store.cookie(),
            "directory " + ordinal,
            "directories " + highest,
            "");
    text += CRC_KEY + crc(text) + "\n";
    DurableFile.write(
        disk, dir.resolve(FILE), ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** Nothing when the directory has none. */
  static Optional<DirectoryIdentity> read(Path dir) throws IOException, Unreadable {
    Path file = dir.resolve(FILE);
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    String text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    int crcAt = text.lastIndexOf(CRC_KEY);
    if (!text.startsWith(FIRST_LINE + "\n")
        || crcAt < 0
        || !text.substring(crcAt).equals(CRC_KEY + crc(text.substring(0, crcAt)) + "\n")) {
      throw new Unreadable("the file is damaged or of a newer release");
    }
    Map<String, String> values = new HashMap<>();
    text.lines()
        .map(line -> line.split(" ", 2))
        .forEach(pair -> values.put(pair[0], pair.length > 1 ? pair[1] : ""));
    try {
      return Optional.of(
          new DirectoryIdentity(
              new StoreIdentity(values.getOrDefault("node", ""), values.getOrDefault("cookie", "")),
              Integer.parseInt(values.getOrDefault("directory", "")),
              Integer.parseInt(values.getOrDefault("directories", ""))));
    } catch (IllegalArgumentException e) {
      throw new Unreadable(e.getMessage());
    }
  }

  private static String crc(String text) {
    return HexFormat.of()
        .toHexDigits(Bytes.crc(ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1))));
  }
}
