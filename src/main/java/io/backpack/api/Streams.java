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
   * @return the stream's own buffer where all comes in one: it must not be changed
   */
  public static Future<Buffer> collect(ReadStream<Buffer> stream, long limit, int expected) {
    Collector collector = new Collector(limit, expected);
    stream.exceptionHandler(collector.promise::tryFail);
    stream.endHandler(end -> collector.promise.tryComplete(collector.all()));
    stream.handler(collector::add);
    stream.resume();
    return collector.promise.future();
  }

  /** Copies only what comes in several chunks. */
  private static final class Collector {
    private final Promise<Buffer> promise = Promise.promise();
    private final long limit;
    private final int expected;
    private Buffer whole;
    private Buffer collected;

    Collector(long limit, int expected) {
      this.limit = limit;
      this.expected = expected;
    }

    void add(Buffer chunk) {
      long before = collected != null ? collected.length() : whole != null ? whole.length() : 0;
      if (before + chunk.length() > limit) {
        promise.tryFail(
            new BackpackException(
                ErrorCode.TOO_LARGE, "the body is larger than " + limit + " bytes"));
      } else if (before == 0 && chunk.length() == expected) {
        whole = chunk;
      } else {
        if (collected == null) {
          collected = Buffer.buffer((int) Math.max(expected, before + chunk.length()));
        }
        if (whole != null) {
          collected.appendBuffer(whole);
          whole = null;
        }
        collected.appendBuffer(chunk);
      }
    }

    Buffer all() {
      return whole != null ? whole : collected != null ? collected : Buffer.buffer();
    }
  }

  /** Reads a stream to its end and drops the bytes. */
  public static void drain(ReadStream<Buffer> stream) {
    stream.exceptionHandler(failure -> {});
    stream.endHandler(end -> {});
    stream.handler(chunk -> {});
    stream.resume();
  }
}
