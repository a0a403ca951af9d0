package io.backpack.http;

import io.vertx.core.http.HttpHeaders;

/**
 * Names of headers; those that the contract makes up, and those that Vert.x has no constant for.
 */
final class Headers {
  static final CharSequence VERSION = HttpHeaders.createOptimized("X-Backpack-Version");
  static final CharSequence CRC32C = HttpHeaders.createOptimized("X-Backpack-Crc32c");
  static final CharSequence SHARD = HttpHeaders.createOptimized("X-Backpack-Shard");

  /** {@code true} on the PUT of a copy, from one of our roles to a node. */
  static final CharSequence REPLICA = HttpHeaders.createOptimized("X-Backpack-Replica");

  /** The code of an error; the answer to HEAD has no body to say it in. */
  static final CharSequence ERROR = HttpHeaders.createOptimized("X-Backpack-Error");

  /** The stored media type, with a 201; the JSON of the contract has no field for it. */
  static final CharSequence STORED_TYPE = HttpHeaders.createOptimized("X-Backpack-Content-Type");

  /** The version of the tombstone that gave way to the upload, with a 201. */
  static final CharSequence REPLACED = HttpHeaders.createOptimized("X-Backpack-Replaced");

  /** {@code width=640, height=480, orientation=1}, a dictionary of RFC 8941. */
  static final CharSequence IMAGE = HttpHeaders.createOptimized("X-Backpack-Image");

  static final CharSequence RANGE = HttpHeaders.createOptimized("Range");
  static final CharSequence IF_RANGE = HttpHeaders.createOptimized("If-Range");
  static final CharSequence IF_UNMODIFIED_SINCE =
      HttpHeaders.createOptimized("If-Unmodified-Since");
  static final CharSequence WWW_AUTHENTICATE = HttpHeaders.createOptimized("WWW-Authenticate");
  static final CharSequence AMZ_CRC32C = HttpHeaders.createOptimized("x-amz-checksum-crc32c");
  static final CharSequence CONTENT_MD5 = HttpHeaders.createOptimized("Content-MD5");
  static final CharSequence CONTENT_DIGEST = HttpHeaders.createOptimized("Content-Digest");
  static final CharSequence REQUEST_ID = HttpHeaders.createOptimized("X-Request-Id");
  static final CharSequence TRACEPARENT = HttpHeaders.createOptimized("traceparent");
  static final CharSequence NOSNIFF_NAME = HttpHeaders.createOptimized("X-Content-Type-Options");
  static final CharSequence NOSNIFF = HttpHeaders.createOptimized("nosniff");
  static final CharSequence CSP = HttpHeaders.createOptimized("Content-Security-Policy");

  private Headers() {}
}
