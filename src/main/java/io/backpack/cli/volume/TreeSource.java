package io.backpack.cli.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.PhotoName;
import io.backpack.archive.ArchivedPhoto;
import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Optional;

/**
 * The photos of a directory tree, named by their paths from its top. Links are not followed.
 *
 * @param prefix before each name
 */
record TreeSource(Path top, String prefix) {
  void feed(Importer importer) throws IOException {
    Files.walkFileTree(
        top.toRealPath(),
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            if (attributes.isRegularFile()) {
              one(importer, file, attributes.size());
            } else {
              importer.refused(file.toString(), "no plain file");
            }
            return importer.hopeless() ? FileVisitResult.TERMINATE : FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException why) {
            importer.refused(file.toString(), "cannot be read: " + why);
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void one(Importer importer, Path file, long size) throws IOException {
    String relative = top.toRealPath().relativize(file).toString();
    String name = prefix + relative.replace(file.getFileSystem().getSeparator(), "/");
    if (importer.tooLarge(name, size)) {
      return;
    }
    try {
      PhotoName photo = PhotoName.of(name);
      if (photo.reserved()) {
        importer.refused(name, "no photo can have this name");
        return;
      }
      byte[] bytes = Files.readAllBytes(file);
      importer.store(
          new ArchivedPhoto(photo, "", Optional.empty(), Optional.empty(), bytes.length), bytes);
    } catch (BackpackException badName) {
      importer.refused(name, badName.getMessage());
    } catch (IOException e) {
      importer.refused(name, "cannot be read: " + e);
    }
  }
}
