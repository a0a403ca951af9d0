package io.backpack.volume;

import java.io.IOException;
import java.nio.file.Path;

/**
 * Everything the engine does to a file system that must survive a power cut; what a test replaces
 * to make the n-th of these operations fail. Reading directories is not part of it.
 */
interface Disk {
  /** Creates a file that does not exist, for reading and writing. */
  VolumeFile create(Path file) throws IOException;

  /** Opens an existing file for reading and writing. */
  VolumeFile open(Path file) throws IOException;

  /** Opens an existing file for reading. */
  VolumeFile openForReading(Path file) throws IOException;

  /** Opens an existing file for many small reads at random places, from any number of threads. */
  default VolumeFile openForRandomReads(Path file) throws IOException {
    return openForReading(file);
  }

  /**
   * Opens an existing file for reading what the disk holds, not what is in memory, where the file
   * system can do that.
   */
  default VolumeFile openUncached(Path file) throws IOException {
    return openForReading(file);
  }

  /** Puts a file in the place of another, as one step. */
  void replace(Path from, Path to) throws IOException;

  void delete(Path file) throws IOException;

  /** Makes files that were created, replaced or deleted in the directory stay so. */
  void syncDirectory(Path dir) throws IOException;

  /** Bytes that may be written to the file system of the directory. */
  long usableSpace(Path dir) throws IOException;
}
