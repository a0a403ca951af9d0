package io.backpack.repair;

import io.backpack.api.Holdings;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import java.util.function.LongSupplier;
import java.util.function.ToLongFunction;

/**
 * The node that repairs itself.
 *
 * @param id in the cluster map
 * @param holdings what it has
 * @param photos its store
 * @param hash of a name, as in its holdings
 * @param damage how many damaged photos it knows of
 */
public record OwnNode(
    String id,
    Holdings holdings,
    PhotoStore photos,
    ToLongFunction<PhotoName> hash,
    LongSupplier damage) {}
