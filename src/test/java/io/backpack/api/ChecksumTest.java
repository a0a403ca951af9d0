package io.backpack.api;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.buffer.CompositeByteBuf;
import io.netty.buffer.Unpooled;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ChecksumTest {
  /** The check value of CRC-32C in the catalogue of parametrised CRC algorithms. */
  private static final int OF_DIGITS = 0xe3069283;

  private static final byte[] DIGITS = "123456789".getBytes(StandardCharsets.US_ASCII);

  @Test
  void allBytesOfABufferAreSummedAndNoOthers() {
    assertEquals(OF_DIGITS, Checksum.crc32c(Buffer.buffer(DIGITS)));
    assertEquals(OF_DIGITS, Checksum.crc32c(Buffer.buffer("0123456789x").slice(1, 10)));
    assertEquals(
        OF_DIGITS,
        Checksum.crc32c(BufferInternal.buffer(Unpooled.directBuffer().writeBytes(DIGITS))));
    CompositeByteBuf parts = Unpooled.compositeBuffer();
    parts.addComponent(true, Unpooled.copiedBuffer(DIGITS, 0, 4));
    parts.addComponent(true, Unpooled.copiedBuffer(DIGITS, 4, 5));
    assertEquals(OF_DIGITS, Checksum.crc32c(BufferInternal.buffer(parts)));
    assertEquals(0, Checksum.crc32c(Buffer.buffer()));
  }

  @Test
  void aBufferIsAsItWas() {
    Buffer bytes = Buffer.buffer(DIGITS);
    Checksum.crc32c(bytes);
    assertEquals(OF_DIGITS, Checksum.crc32c(bytes));
    assertEquals("123456789", bytes.toString());
  }
}
