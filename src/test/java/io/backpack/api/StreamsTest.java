package io.backpack.api;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.testing.TestStream;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A stream that is read into memory, in however many chunks it comes. */
class StreamsTest {
  /** Gives everything out at the first demand. */
  private static TestStream chunks(Buffer... chunks) {
    return TestStream.onDemand(
        stream -> {
          List.of(chunks).forEach(stream::emit);
          stream.end();
        });
  }

  private static String collected(int expected, Buffer... chunks) {
    return Streams.collect(chunks(chunks), 10, expected).result().toString();
  }

  @Test
  void oneChunkOfTheExpectedLengthIsNotCopied() {
    Buffer whole = Buffer.buffer("abcdef");
    assertSame(whole, Streams.collect(chunks(whole), 10, 6).result());
  }

  @Test
  void whateverTheChunksTheBytesAreThere() {
    Buffer first = Buffer.buffer("abc");
    assertEquals("abcdef", collected(6, first, Buffer.buffer("def")));
    assertEquals("abcdef", collected(3, first, Buffer.buffer("def")));
    assertEquals("abc", first.toString());
    assertEquals("abc", collected(9, Buffer.buffer(), first));
    assertEquals("", collected(5));
  }

  @Test
  void beyondTheLimitItFails() {
    Future<Buffer> all =
        Streams.collect(chunks(Buffer.buffer("0123456789"), Buffer.buffer("x")), 10, 10);
    assertTrue(all.failed());
    assertEquals(ErrorCode.TOO_LARGE, BackpackException.of(all.cause()).code());
  }
}
