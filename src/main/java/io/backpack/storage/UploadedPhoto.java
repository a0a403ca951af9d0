package io.backpack.storage;

import io.backpack.api.ContentTypes;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
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

  /** The first bytes, from which a media type is guessed; no copy. */
  Buffer head() {
    return BufferInternal.buffer(
        Unpooled.wrappedBuffer(data.slice(0, Math.min(ContentTypes.HEAD, size()))));
  }
}
