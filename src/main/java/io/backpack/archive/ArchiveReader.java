package io.backpack.archive;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.BiConsumer;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * Reads photos from a tar archive in one pass: one that {@link PhotoArchive} wrote, or any other,
 * whose files are taken for photos. For one thread.
 */
public final class ArchiveReader implements Closeable {
  private final TarArchiveInputStream tar;
  private final BiConsumer<String, String> refused;

  /**
   * An archive that is read from {@code in} and closes it.
   *
   * @param refused takes entries that cannot be photos, with the reason; directories are passed
   *     over
   */
  public ArchiveReader(InputStream in, BiConsumer<String, String> refused) {
    this.tar = new TarArchiveInputStream(in, StandardCharsets.UTF_8.name());
    this.refused = refused;
  }

  /**
   * The next photo; nothing at the end of the archive. Its bytes are read with {@link #bytes}, or
   * passed over.
   *
   * @throws IOException also when the archive is cut off or is none
   */
  public Optional<ArchivedPhoto> next() throws IOException {
    for (TarArchiveEntry entry = tar.getNextEntry(); entry != null; entry = tar.getNextEntry()) {
      if (entry.isDirectory()) {
        continue;
      }
      try {
        if (!entry.isFile() || entry.isLink() || entry.isSymbolicLink() || entry.isSparse()) {
          refused.accept(entry.getName(), "no plain file");
        } else {
          return Optional.of(photo(entry));
        }
      } catch (BackpackException badName) {
        refused.accept(entry.getName(), badName.getMessage());
      }
    }
    return Optional.empty();
  }

  private static ArchivedPhoto photo(TarArchiveEntry entry) {
    String named = entry.getExtraPaxHeader(PhotoArchive.NAME);
    PhotoName name = PhotoName.of(named == null ? plain(entry.getName()) : named);
    if (name.reserved()) {
      throw new BackpackException(ErrorCode.BAD_NAME, "no photo can have this name");
    }
    String version = entry.getExtraPaxHeader(PhotoArchive.VERSION);
    String type = entry.getExtraPaxHeader(PhotoArchive.CONTENT_TYPE);
    return new ArchivedPhoto(
        name,
        type == null ? "" : type,
        Optional.ofNullable(version).map(Version::parse),
        Optional.ofNullable(entry.getExtraPaxHeader(PhotoArchive.CRC32C)),
        entry.getSize());
  }

  /** Without what {@code tar} puts before paths. */
  private static String plain(String path) {
    String plain = path;
    while (plain.startsWith("./") || plain.startsWith("/")) {
      plain = plain.substring(plain.indexOf('/') + 1);
    }
    return plain;
  }

  /**
   * The bytes of the photo that {@link #next} gave last.
   *
   * @throws IOException also when the archive ends before them
   */
  public byte[] bytes(ArchivedPhoto photo) throws IOException {
    byte[] bytes = tar.readNBytes((int) photo.size());
    if (bytes.length != photo.size()) {
      throw new IOException("the archive ends inside " + photo.name());
    }
    return bytes;
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
