/**
 * The append-only engine: photos and tombstones as needles in a few large files, which are the
 * truth that everything else can be made from again. JDK only.
 *
 * <p>Start with {@link io.backpack.volume.VolumeSet}, all volumes of a node. It appends a {@link
 * io.backpack.volume.Needle} and answers with its {@link io.backpack.volume.Location}, reads it
 * back verified, and through {@link io.backpack.volume.NeedleLog} tells again what it holds. What
 * it appended it makes known to a {@link io.backpack.volume.NeedleIndex}, which alone decides which
 * needle of a name is current.
 *
 * <p>From the inside: {@code StoreOpener} finds out whose directories these are, {@code
 * DirectoryLoader} opens one of them and lets {@code Recovery} find the end of a volume whose
 * writer was cut off; {@code Appender} is the one thread that appends to a directory, through
 * {@code StoreDirectory} (which volume), {@code OpenVolume} (its bytes) and {@code IndexLogWriter};
 * {@code Volume} serves any number of readers. {@code VolumeScan} walks needles without a log.
 * {@code Disk} is the seam at which tests make the file system fail.
 *
 * <p>Dead needles take room until {@link io.backpack.volume.VolumeSet#compact} moves what lives
 * beside them and deletes their volume; {@link io.backpack.volume.CompactionPolicy} says where that
 * is worth it. {@code Compaction} is one such run: {@code StandingWalk} tells what lives, {@code
 * CompactionOutput} writes it anew, {@code CompactionGate} lets one run into a directory. The
 * directory's {@code Appender} goes on meanwhile.
 *
 * <p>Caveats: whatever lies below the durable length of a volume is never written again. A file
 * that failed a write or a sync is never written again. A thread that reads or writes must not be
 * interrupted. Every file stays open, so a node needs as many descriptors as it has volumes.
 *
 * <p>The formats stand in {@code docs/format.md} to the byte; each class repeats its own above its
 * constants.
 */
package io.backpack.volume;
