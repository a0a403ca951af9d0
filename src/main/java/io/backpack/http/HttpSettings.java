package io.backpack.http;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What the HTTP edge of a node or coordinator is set to.
 *
 * @param host address to listen on
 * @param port port to listen on; 0 for any free one
 * @param adminPort port of its own for {@code /_/}; empty to serve it on {@code port}
 * @param writeToken required of PUT and DELETE; empty for none
 * @param adminToken required of {@code /_/} but health, stats and metrics; empty: loopback only
 * @param insecure lets it listen beyond loopback without a write token
 * @param corsOrigins origins of browsers that may upload; {@code *} for all
 * @param cacheControl header of a 200
 * @param maxPhotoSize bytes; larger uploads are refused before their body
 * @param idleTimeout after which a silent connection is closed
 * @param minUploadRate bytes per second, measured over {@code uploadGrace}; slower uploads end with
 *     408
 * @param uploadGrace how long an upload may be slower
 * @param namesIncludeQuery the query string is part of a name, as in the original
 */
public record HttpSettings(
    String host,
    int port,
    Optional<Integer> adminPort,
    String writeToken,
    String adminToken,
    boolean insecure,
    List<String> corsOrigins,
    String cacheControl,
    long maxPhotoSize,
    Duration idleTimeout,
    long minUploadRate,
    Duration uploadGrace,
    boolean namesIncludeQuery) {
  public static final long DEFAULT_MAX_PHOTO_SIZE = 32L << 20;
  public static final String DEFAULT_CACHE_CONTROL = "public, max-age=31536000, immutable";

  /** Loopback, any free port, no tokens, everything else as documented. */
  public static final HttpSettings DEFAULT =
      new HttpSettings(
          "127.0.0.1",
          0,
          Optional.empty(),
          "",
          "",
          false,
          List.of(),
          DEFAULT_CACHE_CONTROL,
          DEFAULT_MAX_PHOTO_SIZE,
          Duration.ofSeconds(60),
          1024,
          Duration.ofSeconds(30),
          false);

  public HttpSettings {
    corsOrigins = List.copyOf(corsOrigins);
  }

  public HttpSettings withPort(int newPort) {
    return new HttpSettings(
        host,
        newPort,
        adminPort,
        writeToken,
        adminToken,
        insecure,
        corsOrigins,
        cacheControl,
        maxPhotoSize,
        idleTimeout,
        minUploadRate,
        uploadGrace,
        namesIncludeQuery);
  }

  /**
   * Refuses what would open the photos of a node to a whole network without anybody having wanted
   * it.
   *
   * @throws IllegalArgumentException with a line that says what to set
   */
  public void check() {
    if (!isLoopback(host) && writeToken.isEmpty() && !insecure) {
      throw new IllegalArgumentException(
          "http.host "
              + host
              + " lets everybody who reaches it upload and delete: set http.write-token, or"
              + " http.insecure: true if the network is closed");
    }
  }

  /** Whether only this machine reaches the address. Asks no name server. */
  static boolean isLoopback(String host) {
    return host.equals("localhost")
        || host.equals("::1")
        || host.equals("[::1]")
        || host.matches("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");
  }

  public HttpSettings withWriteToken(String token) {
    return new HttpSettings(
        host,
        port,
        adminPort,
        token,
        adminToken,
        insecure,
        corsOrigins,
        cacheControl,
        maxPhotoSize,
        idleTimeout,
        minUploadRate,
        uploadGrace,
        namesIncludeQuery);
  }
}
