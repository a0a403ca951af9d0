package io.backpack.api;

import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.Objects;
import java.util.Optional;

/**
 * A photo, or a part of one, on its way out. Every byte of {@link #body()} was verified against its
 * checksum before it is emitted; a body that cannot go on fails and never ends early.
 *
 * <p>Who holds a photo consumes its body or calls {@link #discard()}.
 *
 * @param info of the whole photo
 * @param range which of its bytes the body has
 * @param body paused; emits exactly {@code range.length()} bytes
 */
public record Photo(PhotoInfo info, ByteRange range, ReadStream<Buffer> body) {
  public Photo {
    Objects.requireNonNull(info);
    Objects.requireNonNull(range);
    Objects.requireNonNull(body);
  }

  /** A part that is in memory already. */
  public static Photo of(PhotoInfo info, ByteRange range, Buffer bytes) {
    return new Photo(info, range, new BufferStream(bytes));
  }

  /** The bytes, when they are in memory already: sending them needs no stream. */
  public Optional<Buffer> buffered() {
    return body instanceof BufferStream inMemory
        ? Optional.of(inMemory.buffer())
        : Optional.empty();
  }

  /** All bytes of the body; for photos that fit in memory. */
  public Future<Buffer> bytes() {
    Optional<Buffer> inMemory = buffered();
    return inMemory.isPresent()
        ? Future.succeededFuture(inMemory.get())
        : Streams.collect(body, range.length());
  }

  /** Lets the body go unread and frees what it holds. */
  public void discard() {
    if (buffered().isEmpty()) {
      Streams.drain(body);
    }
  }
}
