package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ByteRange;
import io.backpack.api.PhotoName;
import io.backpack.api.RangeRequest;
import io.backpack.api.Trace;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Answers GET and HEAD of photos that are in memory, byte for byte as {@link ReadRoutes} would, and
 * leaves everything else to it: what is not there, failures, bodies, old clients.
 */
final class ReadyRoute {
  private static final byte[] OK = ascii("HTTP/1.1 200 OK\r\n");
  private static final byte[] PARTIAL = ascii("HTTP/1.1 206 Partial Content\r\n");
  private static final byte[] NOT_MODIFIED = ascii("HTTP/1.1 304 Not Modified\r\n");
  private static final byte[] CONTENT_LENGTH = ascii("content-length: ");
  private static final byte[] CONTENT_RANGE = ascii("content-range: ");
  private static final byte[] REQUEST_ID = ascii(Headers.REQUEST_ID + ": ");
  private static final byte[] LINE_END = ascii("\r\n");

  /** Room for all lines but those that describe the photo and those of CORS. */
  private static final int LINES = 384;

  private final Edge edge;
  private final PhotoHead head;
  private final ReadyPhotos photos;

  ReadyRoute(Edge edge, ReadyPhotos photos) {
    this.edge = edge;
    this.head = new PhotoHead(edge.settings().cacheControl());
    this.photos = photos;
  }

  /**
   * What is asked for.
   *
   * @return null when somebody else has to answer
   */
  ReadyRequest read(HttpRequest request) {
    long start = System.nanoTime();
    if (!(request.headers() instanceof MultiMap headers) || !isPlain(request, headers)) {
      return null;
    }
    try {
      Target target = Target.of(request.uri());
      if (target.page() != null) {
        return null;
      }
      return new ReadyRequest(
          PhotoName.ofEncoded(target.name(edge.settings().namesIncludeQuery())),
          request.method().equals(HttpMethod.GET),
          Conditions.of(headers),
          headers,
          start);
    } catch (BackpackException malformed) {
      return null;
    }
  }

  /**
   * Writes the answer to a request without a body, unless somebody else has to or it is to be
   * waited for.
   *
   * @param out where it is written, and not flushed
   * @return whether it was written
   */
  boolean answer(ReadyRequest request, ChannelHandlerContext out) {
    ReadyPhoto photo = photos.find(request.name(), request.sound());
    if (photo == null) {
      return false;
    }
    try {
      return answer(request, photo, out);
    } finally {
      photo.release();
    }
  }

  /** As {@link ReadyPhotos#fetch}; who asks for no bytes is answered with fewer by the store. */
  boolean fetch(ReadyRequest request, Consumer<ReadyPhoto> then) {
    return request.get() && photos.fetch(request.name(), request.sound(), then);
  }

  /** Whether it is a request of the kind that nearly all of them are. */
  private static boolean isPlain(HttpRequest request, MultiMap headers) {
    return (request.method().equals(HttpMethod.GET) || request.method().equals(HttpMethod.HEAD))
        && request.protocolVersion().equals(HttpVersion.HTTP_1_1)
        && request.decoderResult().isSuccess()
        && HttpUtil.isKeepAlive(request)
        && !headers.contains(HttpHeaders.CONTENT_LENGTH)
        && !headers.contains(HttpHeaders.TRANSFER_ENCODING)
        && !headers.contains(HttpHeaders.UPGRADE)
        && !headers.contains(HttpHeaders.EXPECT);
  }

  /** The same with a photo that the caller uses. */
  boolean answer(ReadyRequest request, ReadyPhoto photo, ChannelHandlerContext out) {
    boolean get = request.get();
    Conditions conditions = request.conditions();
    MultiMap headers = request.headers();
    Conditions.Verdict verdict =
        conditions.none() ? Conditions.Verdict.PROCEED : conditions.judge(photo.info());
    if (verdict == Conditions.Verdict.FAILED) {
      return false;
    }
    ByteRange all = ByteRange.all(photo.info().size());
    Optional<RangeRequest> range =
        get && verdict == Conditions.Verdict.PROCEED
            ? Conditions.range(headers.get(Headers.RANGE))
            : Optional.empty();
    if (range.isPresent() && !conditions.rangeApplies(photo.info())) {
      range = Optional.empty();
    }
    ByteRange part = all;
    if (range.isPresent()) {
      try {
        part = range.get().resolve(all.length());
      } catch (BackpackException notSatisfiable) {
        return false;
      }
    }
    int status = 200;
    ByteBuf lines;
    ByteBuf body = null;
    if (verdict == Conditions.Verdict.NOT_MODIFIED) {
      status = 304;
      lines = notModified(photo, headers, out);
    } else if (get) {
      status = range.isPresent() ? 206 : 200;
      lines = started(photo, range.isPresent(), part, headers, out);
      body = photo.bytes(part);
    } else {
      lines = described(photo, headers, out);
    }
    // From here on nothing may fail: it is this answer or that of the general route.
    edge.metrics().requestStarted();
    out.write(lines, out.voidPromise());
    if (body != null) {
      out.write(body, out.voidPromise());
    }
    long sent = body == null ? 0 : part.length();
    long nanos = System.nanoTime() - request.start();
    edge.metrics().requestEnded(get ? "GET" : "HEAD", status, nanos, 0, sent);
    if (get && status < 300) {
      edge.metrics().gets().record(sent, nanos);
    }
    return true;
  }

  private ByteBuf notModified(ReadyPhoto photo, MultiMap request, ChannelHandlerContext out) {
    byte[] lines = head.validated(photo);
    ByteBuf bytes = out.alloc().directBuffer(lines.length + LINES);
    bytes.writeBytes(NOT_MODIFIED).writeBytes(lines);
    return ofRequest(bytes, request).writeBytes(LINE_END);
  }

  private ByteBuf described(ReadyPhoto photo, MultiMap request, ChannelHandlerContext out) {
    byte[] lines = head.described(photo);
    ByteBuf bytes = out.alloc().directBuffer(lines.length + LINES);
    bytes.writeBytes(OK).writeBytes(lines);
    length(bytes, photo.info().size());
    return ofRequest(bytes, request).writeBytes(LINE_END);
  }

  private ByteBuf started(
      ReadyPhoto photo,
      boolean ranged,
      ByteRange part,
      MultiMap request,
      ChannelHandlerContext out) {
    byte[] lines = head.described(photo);
    ByteBuf bytes = out.alloc().directBuffer(lines.length + LINES);
    bytes.writeBytes(ranged ? PARTIAL : OK).writeBytes(lines);
    if (ranged) {
      bytes.writeBytes(CONTENT_RANGE);
      text(bytes, new ContentRange(part, photo.info().size()).toString());
      bytes.writeBytes(LINE_END);
    }
    ofRequest(bytes, request);
    return length(bytes, part.length()).writeBytes(LINE_END);
  }

  /** The lines that depend on who asks. */
  private ByteBuf ofRequest(ByteBuf bytes, MultiMap request) {
    Trace trace = RequestIds.of(request);
    bytes.writeBytes(REQUEST_ID);
    text(bytes, trace.requestId());
    bytes.writeBytes(LINE_END);
    if (edge.cors().enabled()) {
      MultiMap cors = HttpHeaders.headers();
      edge.cors().addTo(cors, request);
      bytes.writeBytes(PhotoHead.encoded(cors));
    }
    return bytes;
  }

  private static ByteBuf length(ByteBuf bytes, long length) {
    bytes.writeBytes(CONTENT_LENGTH);
    text(bytes, Long.toString(length));
    return bytes.writeBytes(LINE_END);
  }

  private static void text(ByteBuf bytes, String text) {
    bytes.writeCharSequence(text, StandardCharsets.US_ASCII);
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
