package io.backpack.api;

import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;

/** Small things one does with a stream of bytes. */
public final class Streams {
  private static final int FIRST_SIZE = 256 << 10;

  private Streams() {}

  /**
   * Reads a whole stream into memory; resumes it.
   *
   * @param limit the most bytes that are kept; one more fails with {@link ErrorCode#TOO_LARGE}, the
   *     rest of the stream is then read and dropped
   */
  public static Future<Buffer> collect(ReadStream<Buffer> stream, long limit) {
    return collect(stream, limit, (int) Math.min(limit, FIRST_SIZE));
  }

  /**
   * The same for a stream whose length is known, so that the buffer need not grow.
   *
   * @param expected bytes
   */
  public static Future<Buffer> collect(ReadStream<Buffer> stream, long limit, int expected) {
    Promise<Buffer> promise = Promise.promise();
    Buffer collected = Buffer.buffer(expected);
    stream.exceptionHandler(promise::tryFail);
    stream.endHandler(end -> promise.tryComplete(collected));
    stream.handler(
        chunk -> {
          if (collected.length() + (long) chunk.length() <= limit) {
            collected.appendBuffer(chunk);
          } else {
            promise.tryFail(
                new BackpackException(
                    ErrorCode.TOO_LARGE, "the body is larger than " + limit + " bytes"));
          }
        });
    stream.resume();
    return promise.future();
  }

  /** Reads a stream to its end and drops the bytes. */
  public static void drain(ReadStream<Buffer> stream) {
    stream.exceptionHandler(failure -> {});
    stream.endHandler(end -> {});
    stream.handler(chunk -> {});
    stream.resume();
  }
}
