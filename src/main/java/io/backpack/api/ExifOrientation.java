package io.backpack.api;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The one thing that is read of Exif (CIPA DC-008): how the picture is to be turned. */
final class ExifOrientation {
  private static final int MAX = 8;
  private static final int HEADER = 8;
  private static final int ENTRY = 12;
  private static final int MAGIC = 42;
  private static final int ORIENTATION = 0x0112;
  private static final int SHORT = 3;

  private ExifOrientation() {}

  /**
   * Reads the first directory of a TIFF structure.
   *
   * @param tiff as much of it as there is, from its byte order mark on
   * @return 1 to 8; 0 when it does not say
   */
  static int read(ByteBuffer tiff) {
    if (tiff.limit() < HEADER) {
      return 0;
    }
    int mark = tiff.getShort(0);
    if (mark != 0x4949 && mark != 0x4d4d) {
      return 0;
    }
    ByteBuffer in = tiff.slice();
    in.order(mark == 0x4949 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN);
    long directory = Integer.toUnsignedLong(in.getInt(4));
    if (in.getShort(2) != MAGIC || directory + 2 > in.limit()) {
      return 0;
    }
    int entries = in.getShort((int) directory) & 0xffff;
    long at = directory + 2;
    for (int i = 0; i < entries && at + ENTRY <= in.limit(); i++, at += ENTRY) {
      int entry = (int) at;
      if ((in.getShort(entry) & 0xffff) == ORIENTATION) {
        int value = in.getShort(entry + 8) & 0xffff;
        boolean sound = in.getShort(entry + 2) == SHORT && in.getInt(entry + 4) == 1;
        return sound && value >= 1 && value <= MAX ? value : 0;
      }
    }
    return 0;
  }
}
