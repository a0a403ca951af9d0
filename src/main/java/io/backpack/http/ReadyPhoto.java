package io.backpack.http;

import io.backpack.api.ByteRange;
import io.backpack.api.PhotoInfo;
import io.netty.buffer.ByteBuf;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicIntegerFieldUpdater;

/**
 * A whole photo in memory outside the heap, every byte verified. It counts who uses it and frees
 * its memory with the last of them; from then on nobody can use it any more. Safe for use by any
 * thread.
 *
 * <p>The count is kept here and not in the buffer, since Netty uses the object of a freed buffer
 * again for other memory: one who came late would get the bytes of another photo.
 */
public final class ReadyPhoto {
  private static final AtomicIntegerFieldUpdater<ReadyPhoto> USERS =
      AtomicIntegerFieldUpdater.newUpdater(ReadyPhoto.class, "users");

  private final PhotoInfo info;
  private final ByteBuf data;
  private volatile int users = 1;

  /** The parts of an answer that are the same each time; made by the first one. */
  private volatile byte[] head;

  private volatile byte[] validators;

  /**
   * A photo that the caller uses.
   *
   * @param data the bytes of the photo; belongs to this from now on
   */
  public ReadyPhoto(PhotoInfo info, ByteBuf data) {
    this.info = Objects.requireNonNull(info);
    this.data = data;
    if (data.readableBytes() != info.size()) {
      throw new IllegalArgumentException("not the bytes of the photo");
    }
  }

  /**
   * Counts one more user, who has to {@link #release} it.
   *
   * @return false when it has been freed
   */
  public boolean retain() {
    while (true) {
      int now = users;
      if (now == 0) {
        return false;
      }
      if (USERS.compareAndSet(this, now, now + 1)) {
        return true;
      }
    }
  }

  /** Counts a user out. */
  public void release() {
    int left = USERS.decrementAndGet(this);
    if (left < 0) {
      throw new IllegalStateException("released more often than retained");
    }
    if (left == 0) {
      data.release();
    }
  }

  public PhotoInfo info() {
    return info;
  }

  /** Some of the bytes; the caller, a user of this, owns the buffer, which may outlive his use. */
  public ByteBuf bytes(ByteRange range) {
    return data.retainedSlice(
        data.readerIndex() + Math.toIntExact(range.offset()), Math.toIntExact(range.length()));
  }

  /** Copies some of the bytes to the heap; only for a user. */
  public byte[] copy(ByteRange range) {
    byte[] copy = new byte[Math.toIntExact(range.length())];
    data.getBytes(data.readerIndex() + Math.toIntExact(range.offset()), copy);
    return copy;
  }

  /** What describes it in a 200; null until it is set. */
  byte[] head() {
    return head;
  }

  void head(byte[] encoded) {
    head = encoded;
  }

  /** What describes it in a 304; null until it is set. */
  byte[] validators() {
    return validators;
  }

  void validators(byte[] encoded) {
    validators = encoded;
  }
}
