package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import java.util.Set;

/** Which browsers' pages may upload, as the fetch standard asks for it. */
final class Cors {
  private static final String METHODS = "GET, HEAD, PUT, DELETE";
  private static final String REQUEST_HEADERS =
      "Authorization, Content-Type, Content-MD5, Content-Digest, If-None-Match, If-Match, Range,"
          + " X-Backpack-Crc32c, X-Backpack-Shard, X-Request-Id, traceparent,"
          + " x-amz-checksum-crc32c";
  private static final String EXPOSED =
      "Location, ETag, Content-Range, Accept-Ranges, X-Backpack-Version, X-Backpack-Crc32c,"
          + " X-Backpack-Image, X-Backpack-Error, X-Request-Id";

  private final Set<String> origins;
  private final boolean any;

  Cors(List<String> origins) {
    this.origins = Set.copyOf(origins);
    this.any = origins.contains("*");
  }

  boolean enabled() {
    return !origins.isEmpty();
  }

  /** Adds to an answer what lets a page of an allowed origin read it. */
  void addTo(MultiMap answer, MultiMap request) {
    if (!enabled()) {
      return;
    }
    if (!any) {
      answer.add(HttpHeaders.VARY, HttpHeaders.ORIGIN);
    }
    String origin = request.get(HttpHeaders.ORIGIN);
    if (origin != null && (any || origins.contains(origin))) {
      answer.set(HttpHeaders.ACCESS_CONTROL_ALLOW_ORIGIN, any ? "*" : origin);
      answer.set(HttpHeaders.ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
  }

  /**
   * Answers a preflight, apart from {@link #addTo}.
   *
   * @throws BackpackException {@link ErrorCode#FORBIDDEN} for another origin
   */
  void preflight(MultiMap answer, HttpServerRequest request) {
    String origin = request.getHeader(HttpHeaders.ORIGIN);
    if (!any && !origins.contains(origin)) {
      throw new BackpackException(
          ErrorCode.FORBIDDEN, "pages of this origin may not upload: see http.cors-origins");
    }
    answer.set(HttpHeaders.ACCESS_CONTROL_ALLOW_METHODS, METHODS);
    answer.set(HttpHeaders.ACCESS_CONTROL_ALLOW_HEADERS, REQUEST_HEADERS);
    answer.set(HttpHeaders.ACCESS_CONTROL_MAX_AGE, "86400");
  }

  /** Whether this is a preflight at all. */
  static boolean isPreflight(HttpServerRequest request) {
    return request.headers().contains(HttpHeaders.ORIGIN)
        && request.headers().contains(HttpHeaders.ACCESS_CONTROL_REQUEST_METHOD);
  }
}
