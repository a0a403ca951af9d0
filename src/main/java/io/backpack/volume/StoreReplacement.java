package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Says of the directories of a node that does not run that those which are empty now are meant to
 * be new: their disks were replaced, and what was on them is gone for good. Without that an empty
 * directory may be the mount point of a disk that is not there, and is refused.
 */
public final class StoreReplacement {
  private static final Logger LOG = LoggerFactory.getLogger(StoreReplacement.class);

  private final String nodeId;
  private final List<Path> empty = new ArrayList<>();
  private final List<Path> sound = new ArrayList<>();
  private final BitSet present = new BitSet();
  private int highest;
  private Optional<String> cookie = Optional.empty();

  private StoreReplacement(String nodeId) {
    this.nodeId = nodeId;
  }

  /**
   * Leaves a mark for each directory that is replaced, which the next opening of the store follows;
   * the same again does no harm.
   *
   * @return the cookie of the store that what is there belongs to; empty when nothing is there, and
   *     a new store will take the place of the node
   * @throws BackpackException {@link ErrorCode#STORAGE_FAILED} when a directory cannot be read or
   *     written, or has volumes without saying whose they are
   */
  public static Optional<String> mark(VolumeSettings settings) {
    StoreReplacement replacement = new StoreReplacement(settings.nodeId());
    try {
      for (Path dir : settings.dirs()) {
        replacement.look(dir);
      }
      return replacement.mark();
    } catch (IOException | DirectoryIdentity.Unreadable e) {
      throw new BackpackException(
          ErrorCode.STORAGE_FAILED,
          "the directories of node " + settings.nodeId() + ": " + e.getMessage(),
          e);
    }
  }

  private void look(Path dir) throws IOException, DirectoryIdentity.Unreadable {
    Files.createDirectories(dir);
    DirectoryIdentity identity = DirectoryIdentity.read(dir).orElse(null);
    if (identity == null) {
      try (DirectoryStream<Path> volumes = Files.newDirectoryStream(dir, "data_*")) {
        if (volumes.iterator().hasNext()) {
          throw new IOException(dir + " has volumes, so it is not replaced by an empty one");
        }
      }
      empty.add(dir);
      return;
    }
    if (!identity.store().nodeId().equals(nodeId)) {
      throw new IOException(dir + " belongs to node " + identity.store().nodeId());
    }
    highest = Math.max(highest, Math.max(identity.highest(), identity.ordinal()));
    present.set(identity.ordinal());
    cookie = cookie.or(() -> Optional.of(identity.store().cookie()));
    sound.add(dir);
  }

  private Optional<String> mark() throws IOException {
    if (sound.isEmpty() || empty.isEmpty()) {
      return cookie;
    }
    BitSet missing = new BitSet();
    missing.set(1, highest + 1);
    missing.andNot(present);
    for (int ordinal : missing.stream().toArray()) {
      create(sound.get(0).resolve(StoreOpener.REMOVED_MARK + ordinal));
      LOG.info("directory {} of node {} is gone for good", ordinal, nodeId);
    }
    for (Path dir : empty) {
      create(dir.resolve(StoreOpener.NEW_MARK));
    }
    return cookie;
  }

  private static void create(Path mark) throws IOException {
    if (!Files.exists(mark)) {
      Files.createFile(mark);
    }
  }
}
