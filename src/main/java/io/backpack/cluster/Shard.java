package io.backpack.cluster;

import io.backpack.api.PhotoAddress;
import java.util.List;

/**
 * Nodes that hold the same photos.
 *
 * @param nodes ids of servers, in the order of the map
 * @param readOnly takes no new photos; reads, deletes and copies go on
 */
public record Shard(String id, List<String> nodes, boolean readOnly) {
  public Shard {
    PhotoAddress.checkId("shard", id);
    nodes = List.copyOf(nodes);
  }
}
