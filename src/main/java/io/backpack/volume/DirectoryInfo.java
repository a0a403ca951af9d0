package io.backpack.volume;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;
import java.util.Objects;

/**
 * One directory of a node as of now.
 *
 * @param ordinal of the directory in the node, 1 to 255; 0 when it is refused and not known
 * @param reason one line that says what is wrong and what to do; empty when nothing is
 * @param since when it came into its state
 * @param freeBytes bytes that photos may still take, beyond the reserve; 0 when it is not writable.
 *     Directories on one disk show the same bytes
 * @param queuedBytes bytes of needles that wait to be written to it
 * @param readErrors reads that the disk refused since the start
 */
public record DirectoryInfo(
    Path dir,
    int ordinal,
    State state,
    String reason,
    Instant since,
    long freeBytes,
    long queuedBytes,
    long readErrors) {
  /** Whether a directory is written. All are read, but for the refused ones. */
  public enum State {
    /** It takes photos. */
    WRITABLE,
    /** Below the reserve, or the disk said so: it takes deletes only, until there is room again. */
    FULL,
    /** The last write failed: it is tried again by itself, less and less often. */
    FAILING,
    /** Its file system takes no writes. */
    READ_ONLY,
    /** It could not be opened; nothing of it is read or changed. */
    REFUSED;

    /** As it is shown to people and machines: in lower case, with a hyphen. */
    public String label() {
      return this == READ_ONLY ? "read-only" : name().toLowerCase(Locale.ROOT);
    }
  }

  public DirectoryInfo {
    Objects.requireNonNull(dir);
    Objects.requireNonNull(state);
    Objects.requireNonNull(reason);
    Objects.requireNonNull(since);
  }

  static DirectoryInfo refused(Path dir, int ordinal, String reason) {
    return new DirectoryInfo(dir, ordinal, State.REFUSED, reason, Instant.now(), 0, 0, 0);
  }

  public boolean writable() {
    return state == State.WRITABLE;
  }
}
