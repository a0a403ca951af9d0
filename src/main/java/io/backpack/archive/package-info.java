/**
 * Photos as tar archives, for backups and for taking them elsewhere: {@link
 * io.backpack.archive.PhotoArchive} writes what the engine reads in the order of the disk, {@link
 * io.backpack.archive.ArchiveReader} reads it again, and any other tar. What an archive looks like
 * stands in {@code docs/operations.md}.
 */
package io.backpack.archive;
