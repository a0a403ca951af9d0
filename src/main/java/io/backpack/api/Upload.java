package io.backpack.api;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.Optional;

/**
 * The bytes of an upload on their way in.
 *
 * @param length announced bytes, or -1 when they come in chunks without a length
 * @param stream paused; the store resumes it when it has room, which is also what lets a client go
 *     on that waits for {@code 100 Continue}. A client that goes away, or is too slow, is a failure
 *     of this stream with a {@link BackpackException}
 */
public record Upload(long length, ReadStream<Buffer> stream) {
  /** An upload of bytes that are in memory already. */
  public static Upload of(Buffer bytes) {
    return new Upload(bytes.length(), new BufferStream(bytes));
  }

  /** The bytes, when they are in memory already: nobody has to wait for them. */
  public Optional<Buffer> buffered() {
    return stream instanceof BufferStream inMemory
        ? Optional.of(inMemory.buffer())
        : Optional.empty();
  }
}
