package io.backpack.storage;

import java.nio.ByteBuffer;

/**
 * The bytes of an upload that arrived whole and as the client meant them.
 *
 * @param data position 0 to limit; read it through {@link ByteBuffer#duplicate}
 * @param crc32c of all of it
 */
record UploadedPhoto(ByteBuffer data, int crc32c) {
  int size() {
    return data.remaining();
  }

  /** The first bytes, from which a media type is guessed. */
  byte[] head() {
    byte[] head = new byte[Math.min(64, size())];
    data.duplicate().get(head);
    return head;
  }
}
