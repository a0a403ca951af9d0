package io.backpack.replicator;

import io.backpack.cluster.Server;
import io.vertx.core.Future;

/**
 * How a replicator has a node compare itself with its peers and fetch what it lacks. Calls must end
 * by themselves when a node hangs.
 */
public interface NodeRepairs {
  /**
   * Asks for a comparison that begins after this call.
   *
   * @return what {@link #completed} wants to be asked with; fails when the node does not answer
   */
  Future<String> ask(Server node);

  /**
   * Whether a comparison that began after {@link #ask} has ended with the node having all that its
   * peers have.
   *
   * @param asked the answer of {@link #ask}
   * @return fails when the node does not answer, or has been started anew since
   */
  Future<Boolean> completed(Server node, String asked);
}
