/**
 * What every role speaks: names, versions, errors and the {@link io.backpack.api.PhotoStore}
 * operations. Nothing here does I/O, and nothing here imports another package of Backpack.
 *
 * <p>Start with {@link io.backpack.api.PhotoStore}: a storage node, a coordinator and every client
 * are one.
 */
package io.backpack.api;
