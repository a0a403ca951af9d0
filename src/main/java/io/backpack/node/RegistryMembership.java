package io.backpack.node;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.cluster.NodeRegistry;
import io.backpack.storage.Membership;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Nodes join the cluster by the registry in ZooKeeper. While that is away a node that was there
 * before starts all the same, with the id it stamped versions with before, and claims its own id
 * later.
 */
record RegistryMembership(Vertx vertx, NodeRegistry registry) implements Membership {
  private static final Logger LOG = LoggerFactory.getLogger(RegistryMembership.class);
  private static final long RETRY_MILLIS = 5000;

  @Override
  public Future<Integer> join(String nodeId, String cookie) {
    // The node's own, so that its timers end with it.
    Context context = vertx.getOrCreateContext();
    return registry
        .claim(nodeId, cookie)
        .map(true)
        .recover(
            failure -> {
              BackpackException why = BackpackException.of(failure);
              if (why.code() != ErrorCode.UNAVAILABLE) {
                return Future.failedFuture(why);
              }
              LOG.warn("node {} starts without ZooKeeper: {}", nodeId, why.getMessage());
              return Future.succeededFuture(false);
            })
        .compose(
            claimed ->
                registry
                    .stamper("node-" + nodeId)
                    .onSuccess(
                        stamper -> {
                          if (!claimed) {
                            context.runOnContext(v -> claimLater(context, nodeId, cookie));
                          }
                        }));
  }

  private void claimLater(Context context, String nodeId, String cookie) {
    vertx.setTimer(
        RETRY_MILLIS,
        id ->
            registry
                .claim(nodeId, cookie)
                .onSuccess(claimed -> LOG.info("node {} is known to ZooKeeper now", nodeId))
                .onFailure(
                    failure -> {
                      BackpackException why = BackpackException.of(failure);
                      if (why.code() != ErrorCode.UNAVAILABLE) {
                        LOG.error("node {} must be stopped: {}", nodeId, why.getMessage());
                      }
                      context.runOnContext(v -> claimLater(context, nodeId, cookie));
                    }));
  }
}
