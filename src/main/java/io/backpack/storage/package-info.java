/**
 * The storage role: one node with its volumes and its index, as a {@link
 * io.backpack.api.PhotoStore}.
 *
 * <p>Read {@link io.backpack.storage.LocalPhotoStore} first: every rule about names, versions and
 * bytes is there. {@link io.backpack.storage.StorageVerticle} puts it together with the engine, the
 * index and the HTTP edge.
 */
package io.backpack.storage;
