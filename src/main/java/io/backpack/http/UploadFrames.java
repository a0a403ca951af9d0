package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.Checksum;
import io.backpack.api.ContentTypes;
import io.backpack.api.ErrorCode;
import io.backpack.api.ImageInfo;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Version;
import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Several uploads in one request from a role of ours to a node, and their answers in the order in
 * which they are known. One request for each photo costs both ends more than the photo does.
 *
 * <pre>
 * an upload                           an answer
 *   4  bytes of the head                4  bytes that follow
 *   4  bytes of the photo               2  which upload, from 0
 *      head:                            1  0 stored, 1 refused
 *   8  version                             stored:
 *   1  flags: 1 has a version,          8  version
 *      2 replica, 4 if absent           4  CRC-32C
 *   s  name                             8  bytes of the photo
 *   s  content type, may be empty       1  flags: 1 unchanged, 2 replaced, 4 image
 *   s  request id, may be empty         8  version replaced
 *   s  traceparent, may be empty        s  content type
 *   1  checksums, each:                 12 width, height, orientation
 *      1 0 CRC-32C, 1 MD5, 2 SHA-256         refused:
 *      s hex digits                     8  version, 0 for none
 *      photo                            s  code
 *                                       s  message
 * </pre>
 *
 * <p>Numbers are big-endian, {@code s} is text in UTF-8 behind its length in two bytes.
 */
final class UploadFrames {
  /** The media type of both ends; another layout is to have another name. */
  static final String TYPE = "application/vnd.backpack.uploads.v1";

  /** The most bytes of one request. */
  static final int MAX_BYTES = 1 << 20;

  /** The most uploads of one request. */
  static final int MAX_UPLOADS = 128;

  private static final int LENGTHS = 8;

  /** Numbers and lengths of one upload. */
  private static final int FIXED = LENGTHS + 8 + 1 + 4 * 2 + 1;

  private static final int MAX_CHECKSUM = 1 + 2 + 64;

  /** The most bytes of a character of a string. */
  private static final int UTF8 = 3;

  private static final int HAS_VERSION = 1;
  private static final int REPLICA = 2;
  private static final int IF_ABSENT = 4;
  private static final int UNCHANGED = 1;
  private static final int REPLACED = 2;
  private static final int IMAGE = 4;
  private static final List<Checksum.Algorithm> ALGORITHMS =
      List.of(Checksum.Algorithm.CRC32C, Checksum.Algorithm.MD5, Checksum.Algorithm.SHA256);
  private static final int MAX_TEXT = 1024;

  /** One upload of a request. */
  record Put(PhotoName name, PutOptions options, Buffer photo) {}

  /** The answer to one upload: what is stored, or why nothing is. */
  record Answer(int index, StoredPhoto stored, BackpackException refusal) {}

  private UploadFrames() {}

  static void write(Buffer out, PhotoName name, PutOptions options, Buffer photo) {
    int start = out.length();
    out.appendInt(0).appendInt(photo.length());
    out.appendLong(options.version().orElse(Version.NONE).bits());
    int flags =
        (options.version().isPresent() ? HAS_VERSION : 0)
            | (options.replica() ? REPLICA : 0)
            | (options.ifAbsent() ? IF_ABSENT : 0);
    out.appendByte((byte) flags);
    text(out, name.utf8());
    text(out, options.contentType());
    text(out, options.trace().requestId());
    text(out, options.trace().traceparent());
    out.appendByte((byte) options.checksums().size());
    for (Checksum checksum : options.checksums()) {
      out.appendByte((byte) ALGORITHMS.indexOf(checksum.algorithm()));
      text(out, checksum.hex());
    }
    out.setInt(start, out.length() - start - LENGTHS);
    out.appendBuffer(photo);
  }

  /** The most bytes that an upload takes beside its photo. */
  static int overhead(PhotoName name, PutOptions options) {
    Trace trace = options.trace();
    int chars =
        options.contentType().length() + trace.requestId().length() + trace.traceparent().length();
    return FIXED + name.length() + UTF8 * chars + options.checksums().size() * MAX_CHECKSUM;
  }

  /** Whether an upload fits into a request, and its texts into their lengths. */
  static boolean fits(PutOptions options, Buffer photo, int largest) {
    return photo.length() > 0
        && photo.length() <= largest
        && options.contentType().length() <= MAX_TEXT
        && options.trace().requestId().length() <= MAX_TEXT
        && options.trace().traceparent().length() <= MAX_TEXT
        && options.checksums().size() <= ALGORITHMS.size();
  }

  /**
   * Reads the body of a request; the photos are parts of it, not copies.
   *
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST} where it is none; {@link
   *     ErrorCode#BAD_NAME} for a name that is none
   */
  static List<Put> puts(Buffer body) {
    List<Put> puts = new ArrayList<>();
    try {
      int at = 0;
      while (at < body.length()) {
        int head = body.getInt(at);
        int size = body.getInt(at + 4);
        int photo = Math.addExact(Math.addExact(at, LENGTHS), head);
        int end = Math.addExact(photo, size);
        if (head < 0 || size < 1 || end > body.length() || puts.size() == MAX_UPLOADS) {
          throw malformed();
        }
        puts.add(put(new Cursor(body, at + LENGTHS, photo), body.slice(photo, end)));
        at = end;
      }
    } catch (IndexOutOfBoundsException | ArithmeticException e) {
      throw malformed();
    }
    return puts;
  }

  private static Put put(Cursor head, Buffer photo) {
    Version version = new Version(head.int64());
    int flags = head.int8();
    PhotoName name = PhotoName.of(head.bytes());
    String type = ContentTypes.announced(head.text());
    Trace trace = RequestIds.of(head.text(), head.text());
    List<Checksum> checksums = new ArrayList<>();
    for (int left = head.int8(); left > 0; left--) {
      checksums.add(new Checksum(ALGORITHMS.get(head.int8()), head.text()));
    }
    Optional<Version> stamped =
        (flags & HAS_VERSION) == 0 ? Optional.empty() : Optional.of(version);
    return new Put(
        name,
        new PutOptions(
            type, stamped, (flags & REPLICA) != 0, (flags & IF_ABSENT) != 0, checksums, trace),
        photo);
  }

  static void stored(Buffer out, int index, StoredPhoto stored) {
    int start = begin(out, index, 0);
    PhotoInfo info = stored.info();
    out.appendLong(info.version().bits()).appendInt(info.crc32c()).appendLong(info.size());
    int flags =
        (stored.unchanged() ? UNCHANGED : 0)
            | (stored.replaced().isPresent() ? REPLACED : 0)
            | (info.image().isPresent() ? IMAGE : 0);
    out.appendByte((byte) flags).appendLong(stored.replaced().orElse(Version.NONE).bits());
    text(out, info.contentType());
    info.image()
        .ifPresent(
            image ->
                out.appendInt(image.width())
                    .appendInt(image.height())
                    .appendInt(image.orientation()));
    out.setInt(start, out.length() - start - 4);
  }

  static void refused(Buffer out, int index, BackpackException refusal) {
    int start = begin(out, index, 1);
    out.appendLong(refusal.version().orElse(Version.NONE).bits());
    text(out, refusal.code().name());
    String message = refusal.getMessage();
    text(out, message.substring(0, Math.min(MAX_TEXT, message.length())));
    out.setInt(start, out.length() - start - 4);
  }

  private static int begin(Buffer out, int index, int kind) {
    int start = out.length();
    out.appendInt(0).appendUnsignedShort(index).appendByte((byte) kind);
    return start;
  }

  /** Bytes of the answer that begins here; -1 while they are not all there. */
  static int answerLength(Buffer in, int at) {
    if (in.length() - at < 4) {
      return -1;
    }
    int length = in.getInt(at);
    if (length < 0 || length > MAX_BYTES) {
      throw malformed();
    }
    return in.length() - at - 4 < length ? -1 : length + 4;
  }

  /**
   * Reads one answer.
   *
   * @param names of the uploads, by index
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST} where it is none
   */
  static Answer answer(Buffer in, int at, int length, List<PhotoName> names) {
    try {
      Cursor cursor = new Cursor(in, at + 4, at + length);
      int index = cursor.int16();
      PhotoName name = names.get(index);
      return cursor.int8() == 0
          ? new Answer(index, stored(cursor, name), null)
          : new Answer(index, null, refusal(cursor));
    } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
      throw malformed();
    }
  }

  private static StoredPhoto stored(Cursor in, PhotoName name) {
    Version version = new Version(in.int64());
    int crc32c = in.int32();
    long size = in.int64();
    int flags = in.int8();
    Version replaced = new Version(in.int64());
    String type = in.text();
    Optional<ImageInfo> image =
        (flags & IMAGE) == 0 ? Optional.empty() : ImageInfo.of(in.int32(), in.int32(), in.int32());
    return new StoredPhoto(
        "",
        new PhotoInfo(name, size, crc32c, version, type, image),
        (flags & UNCHANGED) != 0,
        (flags & REPLACED) == 0 ? Optional.empty() : Optional.of(replaced));
  }

  private static BackpackException refusal(Cursor in) {
    Version version = new Version(in.int64());
    ErrorCode code = ErrorCode.of(in.text(), ErrorCode.UNAVAILABLE);
    String message = in.text();
    return version.equals(Version.NONE)
        ? new BackpackException(code, message)
        : new BackpackException(code, message, version);
  }

  private static void text(Buffer out, String text) {
    text(out, text.getBytes(StandardCharsets.UTF_8));
  }

  private static void text(Buffer out, byte[] utf8) {
    out.appendUnsignedShort(utf8.length).appendBytes(utf8);
  }

  private static BackpackException malformed() {
    return new BackpackException(ErrorCode.BAD_REQUEST, "this is not a body of type " + TYPE);
  }

  /** Reads on from a place, and never beyond the end that it was given. */
  private static final class Cursor {
    private final Buffer buffer;
    private final int end;
    private int at;

    Cursor(Buffer buffer, int start, int end) {
      this.buffer = buffer;
      this.at = start;
      this.end = end;
    }

    private int take(int bytes) {
      int from = at;
      if (bytes > end - from) {
        throw malformed();
      }
      at = from + bytes;
      return from;
    }

    int int8() {
      return buffer.getUnsignedByte(take(1));
    }

    int int16() {
      return buffer.getUnsignedShort(take(2));
    }

    int int32() {
      return buffer.getInt(take(4));
    }

    long int64() {
      return buffer.getLong(take(8));
    }

    String text() {
      return new String(bytes(), StandardCharsets.UTF_8);
    }

    byte[] bytes() {
      int length = int16();
      int from = take(length);
      return buffer.getBytes(from, from + length);
    }
  }
}
