package io.backpack.cli.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.PhotoName;
import io.backpack.archive.ArchiveReader;
import io.backpack.archive.ArchivedPhoto;
import io.backpack.archive.PhotoArchive;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/**
 * The photos of a tar archive.
 *
 * @param prefix before each name
 */
record TarSource(InputStream in, String prefix) {
  void feed(Importer importer) throws IOException {
    try (ArchiveReader archive =
        new ArchiveReader(
            in,
            (entry, why) -> {
              if (!entry.equals(PhotoArchive.LEFT_OUT)) {
                importer.refused(entry, why);
              }
            })) {
      for (Optional<ArchivedPhoto> next = archive.next();
          next.isPresent() && !importer.hopeless();
          next = archive.next()) {
        ArchivedPhoto photo = next.get();
        if (importer.tooLarge(photo.name().value(), photo.size())) {
          continue;
        }
        Optional<ArchivedPhoto> named = named(photo, importer);
        if (named.isPresent()) {
          importer.store(named.get(), archive.bytes(photo));
        }
      }
    }
  }

  private Optional<ArchivedPhoto> named(ArchivedPhoto photo, Importer importer) {
    if (prefix.isEmpty()) {
      return Optional.of(photo);
    }
    try {
      // Under another name it is another photo, whose version the archive does not know.
      return Optional.of(
          new ArchivedPhoto(
              PhotoName.of(prefix + photo.name().value()),
              photo.contentType(),
              Optional.empty(),
              photo.crc32c(),
              photo.size()));
    } catch (BackpackException badName) {
      importer.refused(photo.name().value(), badName.getMessage());
      return Optional.empty();
    }
  }
}
