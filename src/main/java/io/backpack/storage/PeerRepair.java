package io.backpack.storage;

import io.backpack.api.HeldSums;
import io.backpack.api.Holdings;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.api.SelfRepair;
import io.backpack.api.Version;
import io.backpack.metrics.Metrics;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * What makes a node complete from the other nodes of its shard, and knows whether it is. Made by
 * the process, which knows the cluster. Safe for use by any thread.
 */
public interface PeerRepair extends SelfRepair {
  /**
   * The node as its repair sees it.
   *
   * @param holdings what it has
   * @param photos its store
   * @param hash of a name, as in its holdings
   * @param damage how many damaged photos it knows of
   * @param sums over all entries of the index, also of what is damaged or lost
   */
  record Subject(
      Holdings holdings,
      PhotoStore photos,
      ToLongFunction<PhotoName> hash,
      LongSupplier damage,
      Supplier<Future<HeldSums>> sums,
      Metrics metrics) {}

  /** Makes it. */
  @FunctionalInterface
  interface Factory {
    /** For a node that has no peers, and so knows all there is to know. */
    Factory NONE = subject -> new NoPeers();

    /** Begins the repair of a node that is about to serve. */
    PeerRepair start(Subject subject);
  }

  /**
   * Why another node may have a photo of a name that is unknown here; empty when there is none.
   *
   * @param hash of the name
   */
  Optional<String> doubt(long hash);

  /**
   * Whether photos that are found here may be given out, but for those that {@link #withholds}
   * names: not while it is not known what the peers have deleted. Must not block.
   */
  boolean serves();

  /**
   * Whether {@link #serves()}, and {@link #withholds} none. Asked for every request, so no more
   * than reads of volatile fields.
   */
  boolean servesAll();

  /**
   * Whether a photo that is found here is deleted by a peer, and the delete could not be taken
   * over. Must not block.
   *
   * @param hash of its name
   */
  boolean withholds(long hash, Version found);

  /** Whether {@link #doubt} is empty for all names but a few. Must not block. */
  boolean sure();

  /** Whether the node has all that its peers have. Must not block. */
  boolean complete();

  /** Answers a request for {@code /_/repair}. */
  void page(HttpServerRequest request);

  /** Ends what is under way at its next step. */
  Future<Void> close();
}
