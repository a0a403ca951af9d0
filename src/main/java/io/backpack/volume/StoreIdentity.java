package io.backpack.volume;

import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Which store this is: made once, when a node's first directory is, and the same in each directory
 * it is ever given.
 *
 * @param nodeId the node's id in the cluster map
 * @param cookie 128 random bits in 32 lower-case hex digits; another store under the same node id
 *     has another one
 */
public record StoreIdentity(String nodeId, String cookie) {
  private static final Pattern COOKIE = Pattern.compile("[0-9a-f]{32}");

  public StoreIdentity {
    Objects.requireNonNull(nodeId);
    if (!COOKIE.matcher(cookie).matches()) {
      throw new IllegalArgumentException("not a cookie: " + cookie);
    }
  }
}
