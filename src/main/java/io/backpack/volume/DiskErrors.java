package io.backpack.volume;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** What a failed operation says of its disk. The JDK gives the system's words only. */
final class DiskErrors {
  private DiskErrors() {}

  /**
   * Whether the file system takes no writes at all, other than one whose owner forbids it. Asks the
   * file system too: the words depend on the language of the system.
   */
  static boolean readOnly(Throwable failure, Path dir) {
    if (says(failure, "Read-only file system")) {
      return true;
    }
    try {
      return Files.getFileStore(dir).isReadOnly();
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the disk, or the owner's share of it, has no room. */
  static boolean full(Throwable failure) {
    return says(failure, "No space left") || says(failure, "quota exceeded");
  }

  private static boolean says(Throwable failure, String words) {
    return failure instanceof IOException
        && failure.getMessage() != null
        && failure.getMessage().contains(words);
  }

  /** Why a directory cannot be opened, and what to do, in one line. */
  static String line(IOException failure) {
    if (failure instanceof FileAlreadyExistsException || failure instanceof NotDirectoryException) {
      return "it is not a directory: correct the path, or move the file there away";
    }
    if (failure instanceof AccessDeniedException denied) {
      return "user "
          + System.getProperty("user.name")
          + " may not write "
          + denied.getFile()
          + ": give the directory to that user, with all its files";
    }
    return failure.getMessage() == null ? failure.toString() : failure.getMessage();
  }
}
