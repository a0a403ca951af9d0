package io.backpack.volume;

import io.backpack.api.ErrorCode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.IntFunction;

/** All volumes of a node. */
public final class VolumeSet implements NeedleLog, Closeable {
  /**
   * Opens the directories of a node, creates what is missing, recovers from whatever stop came
   * before. Blocks.
   *
   * @param index learns of every needle that is appended; must outlive this set
   * @throws io.backpack.api.BackpackException {@link ErrorCode#STORAGE_FAILED} with a line that
   *     says what to do when a directory is in use or belongs to another node, or when none is
   *     sound
   */
  public static VolumeSet open(VolumeSettings settings, NeedleIndex index) {
    throw new UnsupportedOperationException();
  }

  /** Appends a needle; never blocks. */
  public CompletableFuture<Appended> append(Needle needle) {
    throw new UnsupportedOperationException();
  }

  /** Reads a whole needle with one disk read and verifies it. Blocks. */
  public StoredNeedle read(Location location) {
    throw new UnsupportedOperationException();
  }

  /** The same into a buffer of the caller's, as a pooled one. */
  public StoredNeedle read(Location location, IntFunction<ByteBuffer> allocator) {
    throw new UnsupportedOperationException();
  }

  /** Reads and verifies a needle's header only. Blocks. */
  public NeedleReader openNeedle(Location location) {
    throw new UnsupportedOperationException();
  }

  @Override
  public List<Extent> extents() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void replay(int volume, long from, Visitor visitor) throws IOException {
    throw new UnsupportedOperationException();
  }

  /** Bytes that photos may still take, over all sound directories. Never blocks. */
  public long freeBytes() {
    throw new UnsupportedOperationException();
  }

  /** Every volume that the manifests list. */
  public List<VolumeInfo> volumes() {
    throw new UnsupportedOperationException();
  }

  /** The damage found since the set was opened; bounded, the first ones stay. */
  public List<Damage> damage() {
    throw new UnsupportedOperationException();
  }

  /** Why directories were refused at the start, a line for each; empty when all are sound. */
  public List<String> refused() {
    throw new UnsupportedOperationException();
  }

  public StoreIdentity identity() {
    throw new UnsupportedOperationException();
  }

  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
