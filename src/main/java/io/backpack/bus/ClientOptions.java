package io.backpack.bus;

import java.time.Duration;
import java.util.Objects;

/**
 * How a client asks.
 *
 * @param token shown with put and delete; empty for none
 * @param timeout of each request, its answer included
 * @param maxPhotoSize bytes; a larger put fails before it is sent
 */
public record ClientOptions(String token, Duration timeout, int maxPhotoSize) {
  /** No token, 10 seconds, 1 MiB. */
  public static final ClientOptions DEFAULT =
      new ClientOptions("", Duration.ofSeconds(10), BusSettings.DEFAULT_MAX_PHOTO_SIZE);

  public ClientOptions {
    Objects.requireNonNull(token);
    if (timeout.toMillis() < 1 || maxPhotoSize < 1) {
      throw new IllegalArgumentException("timeout or maxPhotoSize out of range");
    }
  }

  public ClientOptions withToken(String shown) {
    return new ClientOptions(shown, timeout, maxPhotoSize);
  }

  public ClientOptions withTimeout(Duration longest) {
    return new ClientOptions(token, longest, maxPhotoSize);
  }

  public ClientOptions withMaxPhotoSize(int bytes) {
    return new ClientOptions(token, timeout, bytes);
  }
}
