/**
 * Carries a write of a name, a photo or a tombstone, from one store to another: {@link
 * io.backpack.copy.PhotoCopier} reads it where it is, streams it to the target, and believes the
 * target only when that names exactly what was sent. Copying twice does no harm. Replicators and
 * the repair of a node both copy in this way; what is to be copied, and how often it is tried, is
 * theirs to say.
 */
package io.backpack.copy;
