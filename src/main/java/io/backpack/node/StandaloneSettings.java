package io.backpack.node;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a standalone process is asked for.
 *
 * @param data directory for all of its data; made when missing
 * @param host address that the coordinator and the nodes listen on
 * @param port of the coordinator; the nodes are on the ones after it
 * @param nodes how many storage nodes; empty: as many as the data is for, {@link #DEFAULT_NODES} at
 *     first
 * @param overrides {@code key=value} of the configuration
 */
public record StandaloneSettings(
    Path data, String host, int port, Optional<Integer> nodes, List<String> overrides) {
  public static final int DEFAULT_NODES = 2;
  public static final int MAX_NODES = 16;

  /**
   * Checks the numbers.
   *
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST}
   */
  public StandaloneSettings {
    overrides = List.copyOf(overrides);
    if (nodes.isPresent() && (nodes.get() < 1 || nodes.get() > MAX_NODES)) {
      throw new BackpackException(
          ErrorCode.BAD_REQUEST, "--nodes is 1 to " + MAX_NODES + ", not " + nodes.get());
    }
    int last = 65535 - nodes.orElse(DEFAULT_NODES);
    if (port < 1 || port > last) {
      throw new BackpackException(
          ErrorCode.BAD_REQUEST, "--port is 1 to " + last + ", not " + port);
    }
  }
}
