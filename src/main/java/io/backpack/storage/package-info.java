/**
 * The storage role: one node with its volumes and its index, as a {@link
 * io.backpack.api.PhotoStore}.
 *
 * <p>Read {@link io.backpack.storage.LocalPhotoStore} first: every rule about names, versions and
 * bytes is there; {@code CurrentNeedles} finds the needle of a name and reads it, also when a
 * compaction moves it meanwhile. {@link io.backpack.storage.StorageVerticle} puts it together with
 * the engine, the index and the HTTP edge; {@link io.backpack.storage.OfflineNode} is the same
 * without an edge, for commands.
 *
 * <p>{@code PhotoMemory} gives out what needs no disk to be waited for: from the {@code PhotoCache}
 * or from the page cache of the system; and small photos that a thread reads meanwhile. The HTTP
 * edge asks it before it asks the store.
 *
 * <p>{@code Maintenance} is what a node does by itself: {@code ScrubPlan} says which volume is to
 * be verified next and how fast, {@code Compactor} what is worth compacting, {@code JobQueue} what
 * comes first. {@code VolumePages}, {@code VolumeStream}, {@code DamagePage} and {@code WherePage}
 * are what an operator sees of it.
 */
package io.backpack.storage;
