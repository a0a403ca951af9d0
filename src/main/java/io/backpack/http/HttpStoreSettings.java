package io.backpack.http;

import java.time.Duration;

/**
 * What a client of nodes or coordinators is set to.
 *
 * @param connectTimeout until a connection stands
 * @param requestTimeout without progress: a transfer may take longer as long as bytes move. Time in
 *     which the caller itself neither sends nor takes bytes does not count
 * @param maxConnections to one server
 * @param maxWaiting requests that may wait for a connection to one server; one more fails at once
 * @param writeToken shown with PUT and DELETE; empty for none
 */
public record HttpStoreSettings(
    Duration connectTimeout,
    Duration requestTimeout,
    int maxConnections,
    int maxWaiting,
    String writeToken) {
  public static final HttpStoreSettings DEFAULT =
      new HttpStoreSettings(Duration.ofSeconds(2), Duration.ofSeconds(10), 64, 1024, "");

  public HttpStoreSettings {
    if (connectTimeout.toMillis() < 1
        || requestTimeout.toMillis() < 1
        || maxConnections < 1
        || maxWaiting < 0) {
      throw new IllegalArgumentException("a timeout or limit of the HTTP client is out of range");
    }
  }

  public HttpStoreSettings withWriteToken(String token) {
    return new HttpStoreSettings(connectTimeout, requestTimeout, maxConnections, maxWaiting, token);
  }
}
