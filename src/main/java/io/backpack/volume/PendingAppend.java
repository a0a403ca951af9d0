package io.backpack.volume;

import io.backpack.api.BackpackException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;

/** A needle on its way to the disk, and who waits for it. */
final class PendingAppend {
  private final Needle needle;
  private final byte[] name;
  private final byte[] type;
  private final int headerLength;
  private final CompletableFuture<Appended> result = new CompletableFuture<>();
  private final AtomicBoolean queued = new AtomicBoolean(true);

  PendingAppend(Needle needle) {
    this.needle = needle;
    this.name = needle.name().utf8();
    this.type = needle.contentType().getBytes(StandardCharsets.UTF_8);
    this.headerLength =
        NeedlePrefix.headerLength(
            name.length, type.length, needle.attributes().length(), needle.data().remaining());
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

  /** Whether the bytes still have the checksum they came with. */
  boolean sound() {
    return needle.tombstone() || Bytes.crc(needle.data()) == needle.crc32c();
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
