package io.backpack.storage;

import io.backpack.api.ContentTypes;
import io.vertx.core.buffer.Buffer;
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
  Buffer head() {
    byte[] head = new byte[Math.min(ContentTypes.HEAD, size())];
    data.duplicate().get(head);
    return Buffer.buffer(head);
  }
}
