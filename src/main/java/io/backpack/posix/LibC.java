package io.backpack.posix;

import com.sun.jna.Native;
import com.sun.jna.Platform;
import com.sun.jna.Pointer;
import java.nio.ByteBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The functions of the C library, mapped directly. Those that are called for each read take
 * addresses as numbers: objects would have to be converted.
 */
final class LibC {
  static final int O_RDONLY = 0;
  static final int O_CLOEXEC = 0x80000;
  static final int RWF_NOWAIT = 8;
  static final int EINTR = 4;
  static final int EIO = 5;
  static final int EAGAIN = 11;

  private static final Logger LOG = LoggerFactory.getLogger("io.backpack.posix");
  private static final boolean AVAILABLE = register();

  private LibC() {}

  private static boolean register() {
    try {
      if (!Platform.isLinux() || !Platform.is64Bit()) {
        return unavailable("this is not Linux with 64 bits");
      }
      Native.register(LibC.class, "c");
      return true;
    } catch (LinkageError | RuntimeException e) {
      return unavailable(e.toString());
    }
  }

  private static boolean unavailable(String reason) {
    LOG.info(
        "system calls beyond the JDK's are not available, reads of cached photos go through"
            + " threads: {}",
        reason);
    return false;
  }

  static boolean available() {
    return AVAILABLE;
  }

  /** Where the byte at the position of a direct buffer stands; the caller keeps the buffer. */
  static long address(ByteBuffer direct) {
    return Pointer.nativeValue(Native.getDirectBufferPointer(direct)) + direct.position();
  }

  /** Of the last call of this thread that failed. */
  static int errno() {
    return Native.getLastError();
  }

  static String message(int errno) {
    return strerror(errno) + " (" + errno + ")";
  }

  private static native String strerror(int errno);

  static native int open(byte[] path, int flags);

  static native int close(int fd);

  static native long pread(int fd, long buffer, long count, long offset);

  static native long preadv2(int fd, long iovecs, int count, long offset, int flags);

  static native int posix_fadvise(int fd, long offset, long length, int advice);
}
