/**
 * The append-only engine: photos and tombstones as needles in a few large files, which are the
 * truth that everything else can be made from again. Needs the JDK only; with {@link
 * io.backpack.posix} it reads what is in memory without waiting.
 *
 * <p>Start with {@link io.backpack.volume.VolumeSet}, all volumes of a node. It appends a {@link
 * io.backpack.volume.Needle} and answers with its {@link io.backpack.volume.Location}, reads it
 * back verified, and through {@link io.backpack.volume.NeedleLog} tells again what it holds. What
 * it appended it makes known to a {@link io.backpack.volume.NeedleIndex}, which alone decides which
 * needle of a name is current.
 *
 * <p>From the inside, in the order of the life of a needle:
 *
 * <ul>
 *   <li>Start: {@code StoreOpener} finds out whose directories these are, {@code DirectoryLoader}
 *       opens one of them and lets {@code Recovery} find the end of a volume whose writer was cut
 *       off. {@code VolumeScan} walks needles without a log.
 *   <li>Write: {@code Spread} chooses the directory of a needle, {@code WriteGate} says whether one
 *       is written; {@code Appender} is the one thread that appends to it, through {@code
 *       StoreDirectory} (which volume), {@code VolumeTable} (which there are, as the manifest
 *       says), {@code OpenVolume} (its bytes) and {@code IndexLogWriter}.
 *   <li>Read: {@code Volume} serves any number of readers; {@code LivePhotos} gives all photos of a
 *       volume in the order of the disk, and {@link io.backpack.volume.StoreReader} does that for
 *       directories of a node that need not run; who reads all of a volume does so through {@code
 *       AsideReader}, past the page cache. {@code Replay} tells an index what a volume holds.
 *   <li>Doubt: {@code VolumeVerify} reads a volume from end to end and asks the index for each
 *       needle; {@code DamageReport} knows what is damaged until it is taken back, {@code
 *       DamageFile} remembers it over a restart.
 *   <li>Room: dead needles take room until {@link io.backpack.volume.VolumeSet#compact} moves what
 *       lives beside them and deletes their volume; {@link io.backpack.volume.CompactionPolicy}
 *       says where that is worth it. {@code Compaction} is one such run: {@code StandingWalk} tells
 *       what lives, {@code CompactionOutput} writes it anew, {@code CompactionGate} lets one run
 *       into a directory. The directory's {@code Appender} goes on meanwhile.
 * </ul>
 *
 * <p>{@code Disk} is the seam at which tests make the file system fail. {@code PatientIndex} is the
 * index for threads that may wait, {@link io.backpack.volume.Pace} how long work is slowed down,
 * followed and ended.
 *
 * <p>Caveats: whatever lies below the durable length of a volume is never written again. A file
 * that failed a write or a sync is never written again. A thread that reads or writes must not be
 * interrupted. Every file stays open, so a node needs as many descriptors as it has volumes.
 *
 * <p>The formats stand in {@code docs/format.md} to the byte; each class repeats its own above its
 * constants.
 */
package io.backpack.volume;
