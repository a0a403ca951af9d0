package io.backpack.repair;

import io.backpack.api.Holdings;
import io.backpack.api.PhotoStore;
import io.vertx.core.Future;
import java.util.function.Supplier;

/**
 * Another node of the shard, as this node reaches it.
 *
 * @param holdings what it has
 * @param store its photos
 * @param ask makes it compare itself with its peers, soon; may fail without harm
 */
public record RepairPeer(Holdings holdings, PhotoStore store, Supplier<Future<Void>> ask) {}
