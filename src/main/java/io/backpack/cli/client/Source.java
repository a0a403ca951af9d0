package io.backpack.cli.client;

import java.io.IOException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;

/**
 * A file or directory on the command line of {@code put}. Links inside a directory are not
 * followed; what is neither file nor directory is passed over.
 *
 * @param root as it was typed
 * @param prefix before each name
 */
record Source(Path root, String prefix) {
  /** Takes the files of a source, one after another. */
  interface Visitor {
    /**
     * A file and the name it will have.
     *
     * @return false to stop
     */
    boolean file(Path file, String name, long size);

    /** A file or directory that cannot be read. */
    void unreadable(Path file, IOException why);
  }

  /** Walks through all files, also those that links lead to. Blocks; keeps nothing. */
  void visit(Visitor visitor) {
    try {
      if (!Files.isDirectory(root)) {
        visitor.file(root, prefix + root.toAbsolutePath().getFileName(), Files.size(root));
        return;
      }
      Path top = root.toRealPath();
      Files.walkFileTree(
          top,
          EnumSet.of(FileVisitOption.FOLLOW_LINKS),
          Integer.MAX_VALUE,
          new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
              if (attributes.isSymbolicLink()) {
                visitor.unreadable(
                    file, new NoSuchFileException(file.toString(), null, "the link leads nowhere"));
              }
              if (!attributes.isRegularFile()) {
                return FileVisitResult.CONTINUE;
              }
              Path relative = top.relativize(file);
              String name =
                  prefix
                      + relative.toString().replace(relative.getFileSystem().getSeparator(), "/");
              return visitor.file(root.resolve(relative), name, attributes.size())
                  ? FileVisitResult.CONTINUE
                  : FileVisitResult.TERMINATE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException why) {
              visitor.unreadable(file, why);
              return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path directory, IOException why) {
              if (why != null) {
                visitor.unreadable(directory, why);
              }
              return FileVisitResult.CONTINUE;
            }
          });
    } catch (IOException e) {
      visitor.unreadable(root, e);
    }
  }
}
