package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.Checksum;
import io.backpack.api.Checksum.Algorithm;
import io.backpack.api.ErrorCode;
import io.vertx.core.MultiMap;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;

/**
 * The checksums that travel with an upload: {@code X-Backpack-Crc32c} (hex), {@code Content-MD5}
 * (RFC 1864), {@code x-amz-checksum-crc32c} (base64, big-endian) and {@code Content-Digest} (RFC
 * 9530), of which {@code sha-256} is understood and other algorithms are passed over.
 */
final class ChecksumHeaders {
  private static final String SHA256 = "sha-256";

  private ChecksumHeaders() {}

  /**
   * All checksums of a request.
   *
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST} when one is malformed
   */
  static List<Checksum> parse(MultiMap headers) {
    List<Checksum> found = new ArrayList<>(1);
    String crc = headers.get(Headers.CRC32C);
    if (crc != null) {
      found.add(ofHex(crc));
    }
    addBase64(found, Algorithm.MD5, "Content-MD5", headers.get(Headers.CONTENT_MD5));
    addBase64(found, Algorithm.CRC32C, "x-amz-checksum-crc32c", headers.get(Headers.AMZ_CRC32C));
    for (String digests : headers.getAll(Headers.CONTENT_DIGEST)) {
      for (String digest : digests.split(",", -1)) {
        addDigest(found, digest.strip());
      }
    }
    return found;
  }

  private static Checksum ofHex(String hex) {
    String digits = hex.strip().toLowerCase(Locale.ROOT);
    try {
      return Checksum.of(Algorithm.CRC32C, HexFormat.of().parseHex(digits));
    } catch (IllegalArgumentException e) {
      throw malformed("X-Backpack-Crc32c is not 8 hex digits");
    }
  }

  private static void addBase64(
      List<Checksum> found, Algorithm algorithm, String header, String value) {
    if (value == null) {
      return;
    }
    byte[] digest;
    try {
      digest = Base64.getDecoder().decode(value.strip());
    } catch (IllegalArgumentException e) {
      throw malformed(header + " is not base64");
    }
    if (digest.length != algorithm.length()) {
      throw malformed(header + " is not the base64 of " + algorithm.length() + " bytes");
    }
    found.add(Checksum.of(algorithm, digest));
  }

  private static void addDigest(List<Checksum> found, String member) {
    int equals = member.indexOf('=');
    if (equals < 1) {
      throw malformed("Content-Digest is not a dictionary, as in sha-256=:...:");
    }
    if (!member.substring(0, equals).equals(SHA256)) {
      return;
    }
    String value = member.substring(equals + 1);
    if (value.length() < 2 || !value.startsWith(":") || !value.endsWith(":")) {
      throw malformed("the sha-256 of Content-Digest is not between colons");
    }
    addBase64(found, Algorithm.SHA256, "Content-Digest", value.substring(1, value.length() - 1));
  }

  /** Adds checksums to a request of ours. */
  static void write(MultiMap headers, List<Checksum> checksums) {
    for (Checksum checksum : checksums) {
      byte[] digest = HexFormat.of().parseHex(checksum.hex());
      switch (checksum.algorithm()) {
        case CRC32C -> headers.set(Headers.CRC32C, checksum.hex());
        case MD5 -> headers.set(Headers.CONTENT_MD5, Base64.getEncoder().encodeToString(digest));
        case SHA256 ->
            headers.set(
                Headers.CONTENT_DIGEST,
                SHA256 + "=:" + Base64.getEncoder().encodeToString(digest) + ":");
      }
    }
  }

  private static BackpackException malformed(String message) {
    return new BackpackException(ErrorCode.BAD_REQUEST, message);
  }
}
