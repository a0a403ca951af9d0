package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.volume.NeedleReader;
import java.nio.ByteBuffer;

/** How the bytes of an upload compare with those that are stored under its name. */
enum Comparison {
  SAME,
  DIFFERENT,
  /** What can be read of the stored ones is the same. */
  DAMAGED;

  /**
   * Reads the stored photo and compares. Blocks.
   *
   * @param photo of the size of the stored one
   * @throws BackpackException when the stored photo cannot be read for another reason than damage
   */
  static Comparison of(NeedleReader stored, UploadedPhoto photo) {
    ByteBuffer data = photo.data();
    Comparison result = SAME;
    for (int offset = 0; offset < photo.size(); offset += NeedleStream.PIECE) {
      int length = Math.min(NeedleStream.PIECE, photo.size() - offset);
      try {
        if (!stored.readBlocks(offset, length).equals(data.slice(offset, length))) {
          return DIFFERENT;
        }
      } catch (BackpackException e) {
        if (e.code() != ErrorCode.DAMAGED && e.code() != ErrorCode.MISSING) {
          throw e;
        }
        result = DAMAGED;
      }
    }
    return result;
  }
}
