package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.Checksum;
import io.backpack.api.ErrorCode;
import io.backpack.api.MemoryBudget;
import io.backpack.api.PutOptions;
import io.backpack.api.Streams;
import io.backpack.api.Upload;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.internal.buffer.BufferInternal;
import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.function.Function;

/**
 * Takes the bytes of an upload into memory: reserves first, reads after, and checks what the client
 * said about them. Nothing is held while it waits for memory.
 */
final class UploadReader {
  /** An upload that waits longer than this for memory is told to come back. */
  private static final Duration MAX_WAIT = Duration.ofSeconds(20);

  /** The most uploads that wait for memory; each costs a paused connection and little more. */
  private static final int MAX_WAITING = 20_000;

  private final Vertx vertx;
  private final MemoryBudget memory;
  private final long maxSize;

  UploadReader(Vertx vertx, long memoryBytes, long maxSize) {
    this.vertx = vertx;
    this.memory = new MemoryBudget(Math.max(memoryBytes, maxSize), MAX_WAITING);
    this.maxSize = maxSize;
  }

  /**
   * Reads the upload and hands its bytes to {@code use}; the memory is given back when that has
   * ended.
   */
  <T> Future<T> read(PutOptions options, Upload upload, Function<UploadedPhoto, Future<T>> use) {
    if (upload.length() > maxSize) {
      return fail(
          ErrorCode.TOO_LARGE,
          "the photo has " + upload.length() + " bytes, at most " + maxSize + " are stored");
    }
    if (upload.length() == 0) {
      return fail(ErrorCode.EMPTY_BODY, "a photo has at least one byte");
    }
    long reserved = upload.length() < 0 ? maxSize : upload.length();
    return reserve(reserved)
        .compose(
            granted ->
                collect(upload)
                    .compose(bytes -> use.apply(check(options, upload, bytes)))
                    .onComplete(any -> memory.release(reserved)));
  }

  /** At most {@code maxSize} bytes, which are fewer than 2 GiB, see the configuration. */
  private Future<Buffer> collect(Upload upload) {
    return upload.length() < 0
        ? Streams.collect(upload.stream(), maxSize)
        : Streams.collect(upload.stream(), upload.length(), (int) upload.length());
  }

  private Future<Void> reserve(long bytes) {
    Future<Void> reservation = memory.reserve(bytes);
    if (reservation.isComplete()) {
      return reservation;
    }
    long timer =
        vertx.setTimer(
            MAX_WAIT.toMillis(),
            id ->
                memory.abandon(
                    reservation,
                    new BackpackException(
                        ErrorCode.OVERLOADED, "no memory for the upload, try again later")));
    return reservation.onComplete(any -> vertx.cancelTimer(timer));
  }

  private static UploadedPhoto check(PutOptions options, Upload upload, Buffer bytes) {
    if (upload.length() >= 0 && bytes.length() != upload.length()) {
      throw new BackpackException(
          ErrorCode.INCOMPLETE_BODY,
          "got " + bytes.length() + " of " + upload.length() + " announced bytes");
    }
    if (bytes.length() == 0) {
      throw new BackpackException(ErrorCode.EMPTY_BODY, "a photo has at least one byte");
    }
    // No copy: the memory that was reserved is the memory that is used.
    ByteBuffer data = ((BufferInternal) bytes).getByteBuf().nioBuffer();
    int crc32c = Checksum.crc32c(bytes);
    for (Checksum expected : options.checksums()) {
      String actual = digest(expected.algorithm(), crc32c, data);
      if (!actual.equals(expected.hex())) {
        throw new BackpackException(
            ErrorCode.CHECKSUM_MISMATCH,
            "the "
                + expected.algorithm()
                + " of the received bytes is "
                + actual
                + ", the client sent "
                + expected.hex());
      }
    }
    return new UploadedPhoto(data, crc32c);
  }

  private static String digest(Checksum.Algorithm algorithm, int crc32c, ByteBuffer data) {
    return switch (algorithm) {
      case CRC32C -> HexFormat.of().toHexDigits(crc32c);
      case MD5 -> digest("MD5", data);
      case SHA256 -> digest("SHA-256", data);
    };
  }

  private static String digest(String algorithm, ByteBuffer data) {
    try {
      MessageDigest digest = MessageDigest.getInstance(algorithm);
      digest.update(data.duplicate());
      return HexFormat.of().formatHex(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  MemoryBudget memory() {
    return memory;
  }

  private static <T> Future<T> fail(ErrorCode code, String message) {
    return Future.failedFuture(new BackpackException(code, message));
  }
}
