package io.backpack.repair;

import io.backpack.api.HeldSums;
import io.backpack.api.Holdings;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.vertx.core.Future;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * The node that repairs itself.
 *
 * @param id in the cluster map
 * @param holdings what it has
 * @param photos its store
 * @param hash of a name, as in its holdings
 * @param damage how many damaged photos it knows of
 * @param sums over all that it ever had, also what is damaged or lost; known sooner than those of
 *     its holdings, and as good to find deletes that it lacks
 */
public record OwnNode(
    String id,
    Holdings holdings,
    PhotoStore photos,
    ToLongFunction<PhotoName> hash,
    LongSupplier damage,
    Supplier<Future<HeldSums>> sums) {}
