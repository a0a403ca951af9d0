package io.backpack.volume;

import io.backpack.api.BackpackException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** A needle on its way to the disk, and who waits for it. */
final class PendingAppend {
  private final Needle needle;
  private final byte[] name;
  private final byte[] type;
  private final int headerLength;
  private final CompletableFuture<Appended> result;
  private final Set<Integer> tried;
  private int[] blockCrcs; // null until the writer asks
  private final AtomicBoolean queued = new AtomicBoolean(true);

  PendingAppend(Needle needle) {
    this(needle, new CompletableFuture<>(), Set.of());
  }

  private PendingAppend(Needle needle, CompletableFuture<Appended> result, Set<Integer> tried) {
    this.needle = needle;
    this.result = result;
    this.tried = tried;
    this.name = needle.name().utf8();
    this.type = needle.contentType().getBytes(StandardCharsets.UTF_8);
    this.headerLength =
        NeedlePrefix.headerLength(
            name.length, type.length, needle.attributes().length(), needle.data().remaining());
  }

  /**
   * The same for another directory, after this one could not be written.
   *
   * @param written some of it may be on the disk, and a later start may find all of it there. The
   *     other needle then takes its place, whichever the index learns of first
   */
  PendingAppend elsewhere(int triedDirectory, boolean written) {
    Set<Integer> all = new HashSet<>(tried);
    all.add(triedDirectory);
    return new PendingAppend(written ? needle.next() : needle, result, Set.copyOf(all));
  }

  /** Whether the directory could not be written when the needle's turn came. */
  boolean tried(int directory) {
    return tried.contains(directory);
  }

  Needle needle() {
    return needle;
  }

  byte[] name() {
    return name;
  }

  byte[] type() {
    return type;
  }

  int headerLength() {
    return headerLength;
  }

  /** Bytes it takes in a volume. */
  long length() {
    return NeedlePrefix.align(headerLength + (long) needle.data().remaining());
  }

  NeedlePrefix prefix(long durableBefore) {
    int flags = NeedleHeader.flags(needle.tombstone(), needle.supersedes(), needle.collided());
    return new NeedlePrefix(
        flags,
        needle.generation(),
        name.length,
        needle.version(),
        durableBefore,
        needle.data().remaining(),
        needle.crc32c(),
        needle.attributes().length(),
        type.length);
  }

  NeedleEntry entry(Location location) {
    return new NeedleEntry(
        needle.name(),
        needle.version(),
        needle.tombstone(),
        needle.supersedes(),
        needle.collided(),
        needle.generation(),
        location);
  }

  /** Whether the bytes still have the checksum they came with; for the writer. */
  boolean sound() {
    if (needle.tombstone()) {
      return true;
    }
    blockCrcs = NeedleHeader.blockCrcs(needle.data());
    int all = blockCrcs.length == 1 ? blockCrcs[0] : Bytes.crc(needle.data());
    return all == needle.crc32c();
  }

  /** The checksums of the data's blocks; those that {@link #sound} compared, where it was asked. */
  int[] blockCrcs() {
    if (blockCrcs == null) {
      blockCrcs = NeedleHeader.blockCrcs(needle.data());
    }
    return blockCrcs;
  }

  CompletableFuture<Appended> result() {
    return result;
  }

  /** True for the first caller, who gives back what the needle takes of the queue. */
  boolean leaveQueue() {
    return queued.compareAndSet(true, false);
  }

  void complete(Appended appended) {
    result.complete(appended);
  }

  void fail(BackpackException failure) {
    result.completeExceptionally(failure);
  }
}
