package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.MemoryBudget;
import io.backpack.api.VersionClock;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.ClusterView;
import io.backpack.cluster.Shard;
import java.util.function.LongSupplier;

/** What all operations of a coordinator share. */
record CoordinatorParts(
    CoordinatorSettings settings,
    ClusterView view,
    NodeDirectory nodes,
    NodeOrder order,
    ShardChooser chooser,
    CopyTasks tasks,
    PendingDeletes pendingDeletes,
    VersionClock clock,
    MemoryBudget memory,
    SizeAccountant sizes,
    CoordinatorStats stats,
    CoordinatorEvents events,
    LongSupplier nanos) {

  /**
   * The shard that a request names.
   *
   * @throws BackpackException {@link ErrorCode#UNKNOWN_SHARD}, or {@link ErrorCode#UNAVAILABLE}
   *     when the map may be too old to say so
   */
  Shard shard(ClusterMap map, String id) {
    if (id.isEmpty()) {
      throw new BackpackException(
          ErrorCode.BAD_NAME, "a coordinator is asked for /{shard}:{name}, as in /1:photo.jpg");
    }
    return map.shard(id).orElseThrow(() -> unknownShard(id));
  }

  private BackpackException unknownShard(String id) {
    return view.live()
        ? new BackpackException(ErrorCode.UNKNOWN_SHARD, "the cluster has no shard '" + id + "'")
        : new BackpackException(
            ErrorCode.UNAVAILABLE,
            "shard '" + id + "' is not known here, and the cluster map cannot be read now");
  }
}
