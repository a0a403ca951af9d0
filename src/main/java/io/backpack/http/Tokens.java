package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.net.SocketAddress;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Base64;

/** Who may write, and who may see the pages below {@code /_/}. */
final class Tokens {
  private static final String BEARER = "Bearer ";
  private static final String BASIC = "Basic ";

  private Tokens() {}

  /**
   * Demands a token of a request when one is set.
   *
   * @throws BackpackException {@link ErrorCode#UNAUTHORIZED}
   */
  static void demand(HttpServerRequest request, String token, String what) {
    if (token.isEmpty()) {
      return;
    }
    String header = request.getHeader(HttpHeaders.AUTHORIZATION);
    if (!same(token, shown(header))) {
      throw new BackpackException(
          ErrorCode.UNAUTHORIZED,
          (header == null ? "a token is needed" : "this is not the token that is needed")
              + " for "
              + what
              + ": Authorization: Bearer TOKEN");
    }
  }

  /** The token of the header; Basic is there because it is what a browser can ask a person for. */
  private static String shown(String header) {
    if (header == null) {
      return "";
    }
    if (header.regionMatches(true, 0, BEARER, 0, BEARER.length())) {
      return header.substring(BEARER.length()).strip();
    }
    if (header.regionMatches(true, 0, BASIC, 0, BASIC.length())) {
      try {
        byte[] pair = Base64.getDecoder().decode(header.substring(BASIC.length()).strip());
        String text = new String(pair, StandardCharsets.UTF_8);
        return text.substring(text.indexOf(':') + 1);
      } catch (IllegalArgumentException malformed) {
        return "";
      }
    }
    return "";
  }

  /** Compares in a time that tells nothing of where two tokens of one length differ. */
  private static boolean same(String expected, String shown) {
    return MessageDigest.isEqual(
        expected.getBytes(StandardCharsets.UTF_8), shown.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Demands what the pages below {@code /_/} need: nothing on loopback, the admin token elsewhere.
   * A request that a proxy passes on comes from elsewhere, though its peer is on loopback.
   */
  static void demandAdmin(HttpServerRequest request, String adminToken) {
    boolean forwarded =
        request.headers().contains("X-Forwarded-For") || request.headers().contains("Forwarded");
    if (!forwarded && isLoopback(request.remoteAddress())) {
      return;
    }
    if (adminToken.isEmpty()) {
      throw new BackpackException(
          ErrorCode.FORBIDDEN,
          "this page is open on loopback only, as long as http.admin-token is not set");
    }
    demand(request, adminToken, "this page");
  }

  private static boolean isLoopback(SocketAddress peer) {
    if (peer == null || peer.hostAddress() == null) {
      // A Unix domain socket: its directory says who may use it.
      return peer != null && peer.path() != null;
    }
    try {
      // The text is a numeric address, so this asks no name server.
      return InetAddress.getByName(peer.hostAddress()).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
