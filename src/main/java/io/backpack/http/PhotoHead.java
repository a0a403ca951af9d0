package io.backpack.http;

import io.backpack.api.ContentTypes;
import io.backpack.api.PhotoInfo;
import io.backpack.api.Version;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/** The headers that describe a photo in an answer. */
final class PhotoHead {
  private static final CharSequence BYTES = HttpHeaders.createOptimized("bytes");
  private static final CharSequence SANDBOX = HttpHeaders.createOptimized("sandbox");

  private final CharSequence cacheControl;

  PhotoHead(String cacheControl) {
    this.cacheControl = HttpHeaders.createOptimized(cacheControl);
  }

  /** All of them. */
  void describe(MultiMap headers, PhotoInfo info) {
    headers.set(HttpHeaders.CONTENT_TYPE, info.contentType());
    validators(headers, info);
    info.image().ifPresent(image -> headers.set(Headers.IMAGE, ImageHeader.format(image)));
    headers.set(HttpHeaders.ACCEPT_RANGES, BYTES);
    headers.set(Headers.NOSNIFF_NAME, Headers.NOSNIFF);
    if (!ContentTypes.isRaster(info.contentType())) {
      headers.set(Headers.CSP, SANDBOX);
    }
  }

  /** What a 200 and a 304 have in common. A photo of an original node has no version to tell. */
  void validators(MultiMap headers, PhotoInfo info) {
    if (!info.version().equals(Version.NONE)) {
      headers.set(HttpHeaders.ETAG, info.etag());
      headers.set(HttpHeaders.LAST_MODIFIED, HttpDate.format(info.version().millis()));
      headers.set(Headers.VERSION, info.version().hex());
      headers.set(Headers.CRC32C, info.crc32cHex());
    }
    headers.set(HttpHeaders.CACHE_CONTROL, cacheControl);
  }

  /** {@link #describe} as it is sent, made once for a photo. */
  byte[] described(ReadyPhoto photo) {
    byte[] known = photo.head();
    if (known == null) {
      MultiMap headers = HttpHeaders.headers();
      describe(headers, photo.info());
      known = encoded(headers);
      photo.head(known);
    }
    return known;
  }

  /** {@link #validators} as it is sent, made once for a photo. */
  byte[] validated(ReadyPhoto photo) {
    byte[] known = photo.validators();
    if (known == null) {
      MultiMap headers = HttpHeaders.headers();
      validators(headers, photo.info());
      known = encoded(headers);
      photo.validators(known);
    }
    return known;
  }

  /** Header lines; like the encoder of all other answers one byte per character. */
  static byte[] encoded(MultiMap headers) {
    StringBuilder out = new StringBuilder(512);
    for (Map.Entry<String, String> header : headers) {
      out.append(header.getKey()).append(": ").append(header.getValue()).append("\r\n");
    }
    return out.toString().getBytes(StandardCharsets.ISO_8859_1);
  }
}
