package io.backpack.cluster;

import io.backpack.api.DataSize;
import java.util.List;
import java.util.Optional;

/**
 * What is to become otherwise of a shard; what is empty stays.
 *
 * @param capacity bytes of photos that one copy of the shard may hold
 * @param maxShare the most it gets of the new photos, above 0; 1 for no bound of its own
 * @param nodes all that make it up from now on
 */
public record ShardChange(
    Optional<DataSize> capacity, Optional<Double> maxShare, Optional<List<String>> nodes) {
  public ShardChange {
    nodes = nodes.map(List::copyOf);
  }
}
