package io.backpack.volume;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/** A file as a power cut sees it: what is on the disk, and what was written since the last sync. */
final class UnsyncedFile {
  /** A write, or with no bytes a change of the size. */
  private static final class Change {
    final long at;
    final byte[] bytes;

    Change(long at, byte[] bytes) {
      this.at = at;
      this.bytes = bytes;
    }

    boolean truncates() {
      return bytes == null;
    }
  }

  private byte[] durable;
  private int size;
  private final List<Change> unsynced = new ArrayList<>();
  private boolean forgotten;

  UnsyncedFile(byte[] durable) {
    this.durable = durable;
    this.size = durable.length;
  }

  void write(long at, ByteBuffer from) {
    byte[] bytes = new byte[from.remaining()];
    from.get(bytes);
    unsynced.add(new Change(at, bytes));
  }

  void truncate(long to) {
    unsynced.add(new Change(to, null));
  }

  void force() {
    unsynced.forEach(this::apply);
    unsynced.clear();
  }

  /** As Linux does on a failed sync: what was not written now never will be, but can be read. */
  void failForce(Random random) {
    forgotten = true;
    settle(random.nextBoolean() ? PowerLoss.DROP : PowerLoss.SUBSET, random);
  }

  /** Whether readers are shown anything that a power cut may take. */
  boolean atRisk() {
    return forgotten || !unsynced.isEmpty();
  }

  /** After a power cut. */
  byte[] survive(PowerLoss how, Random random) {
    settle(how, random);
    forgotten = false;
    return Arrays.copyOf(durable, size);
  }

  /** What the disk itself holds once the kernel has written all that it still means to. */
  byte[] onDisk() {
    UnsyncedFile written = new UnsyncedFile(Arrays.copyOf(durable, size));
    unsynced.forEach(written::apply);
    return Arrays.copyOf(written.durable, written.size);
  }

  private void settle(PowerLoss how, Random random) {
    int whole = how.whole(unsynced.size(), random);
    int full = size;
    for (Change each : unsynced) {
      full = each.truncates() ? (int) each.at : Math.max(full, (int) each.at + each.bytes.length);
    }
    for (int i = 0; i < unsynced.size(); i++) {
      Change change = unsynced.get(i);
      if (i < whole) {
        apply(change);
      } else if (change.truncates()) {
        if (how.keeps(i, unsynced.size(), i == whole, random)) {
          apply(change);
        }
      } else {
        applyParts(change, i, i == whole, how, random);
      }
    }
    if (how == PowerLoss.SIZES) {
      resize(full);
    }
    unsynced.clear();
  }

  private void applyParts(Change change, int i, boolean first, PowerLoss how, Random random) {
    int unit = how.unit();
    for (long at = change.at; at < change.at + change.bytes.length; ) {
      long next = Math.min(change.at + change.bytes.length, (at / unit + 1) * unit);
      if (how.keeps(i, unsynced.size(), first, random)) {
        int from = (int) (at - change.at);
        apply(new Change(at, Arrays.copyOfRange(change.bytes, from, from + (int) (next - at))));
      } else if (how == PowerLoss.TORN) {
        return;
      }
      at = next;
    }
  }

  private void apply(Change change) {
    if (change.truncates()) {
      if (change.at < size) {
        resize((int) change.at);
      }
      return;
    }
    int end = (int) change.at + change.bytes.length;
    if (end > size) {
      resize(end);
    }
    System.arraycopy(change.bytes, 0, durable, (int) change.at, change.bytes.length);
  }

  private void resize(int to) {
    if (to > durable.length) {
      durable = Arrays.copyOf(durable, Math.max(to, durable.length * 2));
    }
    if (to > size) {
      Arrays.fill(durable, size, to, (byte) 0);
    }
    size = to;
  }
}
