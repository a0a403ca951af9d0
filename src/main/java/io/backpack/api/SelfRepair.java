package io.backpack.api;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/**
 * A node that makes itself complete from the other nodes of its shard, asked by other processes of
 * the cluster. Every method may be called from any thread, and fails with a {@link
 * BackpackException}: {@link ErrorCode#UNAVAILABLE} when the node does not answer, {@link
 * ErrorCode#NOT_FOUND} when it is of a kind that does not repair itself.
 */
public interface SelfRepair {
  /**
   * Has it compare itself with its peers, soon.
   *
   * @return how it stands, with {@code round}: the {@code rounds} from which on this comparison has
   *     ended
   */
  Future<JsonObject> begin();

  /** How it stands: the body of {@code /_/repair}, see {@code docs/http.md}. */
  Future<JsonObject> status();
}
