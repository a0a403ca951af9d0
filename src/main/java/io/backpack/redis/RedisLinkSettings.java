package io.backpack.redis;

import java.time.Duration;

/**
 * How to talk to one Redis server.
 *
 * @param uri {@code redis://[:password@]host:port[/db]} or {@code unix:///path}
 * @param commandTimeout after which a command's outcome is unknown; the connection is then dropped,
 *     since answers on it can no longer be told apart from lost ones
 * @param maxInFlight commands sent and not answered; one more fails with {@link
 *     io.backpack.api.ErrorCode#OVERLOADED}
 */
public record RedisLinkSettings(String uri, Duration commandTimeout, int maxInFlight) {
  /** The address without its password, whatever characters that has, and without parameters. */
  String shownUri() {
    return uri.replaceFirst("//.*@", "//***@").replaceFirst("\\?.*", "");
  }
}
