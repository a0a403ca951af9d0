package io.backpack.storage;

import io.backpack.api.ErrorCode;
import io.backpack.index.IndexEraser;
import io.backpack.volume.StoreReplacement;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Prepares a node, before it starts, for directories that are empty because their disks were lost.
 */
public final class ReplacedNode {
  private static final Logger LOG = LoggerFactory.getLogger(ReplacedNode.class);

  /** Stands for the cookie of a store that there is none of. */
  private static final String NO_COOKIE = "";

  private ReplacedNode() {}

  /**
   * Marks empty directories as new, and makes way for the store of those that are not, or for a new
   * one: the cluster forgets which store the node was, and Redis what another one had.
   *
   * @param forget makes the cluster forget it
   * @return fails with {@link ErrorCode#STORAGE_FAILED} or {@link ErrorCode#INDEX_UNAVAILABLE} and
   *     a line for people, or as {@code forget} does; the same again is then to be tried
   */
  public static Future<Void> prepare(
      Vertx vertx, StorageSettings settings, Supplier<Future<Void>> forget) {
    return vertx
        .executeBlocking(() -> StoreReplacement.mark(settings.volumes()), false)
        .compose(
            cookie -> {
              if (cookie.isEmpty()) {
                LOG.warn(
                    "node {} begins anew with empty directories, its peers bring what they have",
                    settings.nodeId());
              }
              return forget
                  .get()
                  .compose(
                      forgotten ->
                          IndexEraser.eraseForeign(
                              vertx, settings.index(cookie.orElse(NO_COOKIE))));
            });
  }
}
