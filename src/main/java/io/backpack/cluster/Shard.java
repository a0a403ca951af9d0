package io.backpack.cluster;

import io.backpack.api.PhotoAddress;
import java.util.List;

/**
 * Nodes that hold the same photos.
 *
 * @param nodes ids of servers, in the order of the map
 * @param readOnly takes no new photos; reads, deletes and copies go on
 * @param maxShare the most it gets of the new photos while others can take the rest, above 0; 1 is
 *     no bound of its own
 */
public record Shard(String id, List<String> nodes, boolean readOnly, double maxShare) {
  public Shard {
    PhotoAddress.checkId("shard", id);
    nodes = List.copyOf(nodes);
    if (!(maxShare > 0 && maxShare <= 1)) {
      throw new IllegalArgumentException("a share is above 0 and up to 1, not " + maxShare);
    }
  }

  /** One without a bound of its own on its share. */
  public Shard(String id, List<String> nodes, boolean readOnly) {
    this(id, nodes, readOnly, 1);
  }
}
