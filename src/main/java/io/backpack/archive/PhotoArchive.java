package io.backpack.archive;

import io.backpack.volume.Damage;
import io.backpack.volume.PhotoVisitor;
import io.backpack.volume.PhotosRead;
import io.backpack.volume.StoredNeedle;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/**
 * Writes photos into a tar archive as they come, and keeps nothing of them. An archive is whole
 * only after {@link #finish}: without it the blocks that end a tar are missing. For one thread.
 */
public final class PhotoArchive implements PhotoVisitor {
  /** Lists what could not be read, in archives where something could not. */
  public static final String LEFT_OUT = EntryNames.APART + "left-out.txt";

  static final String NAME = "BACKPACK.name";
  static final String VERSION = "BACKPACK.version";
  static final String CRC32C = "BACKPACK.crc32c";
  static final String CONTENT_TYPE = "BACKPACK.content-type";

  private static final int MAX_LISTED = 10_000;

  private final TarArchiveOutputStream tar;
  private final EntryNames names;
  private final List<String> leftOut = new ArrayList<>();

  /**
   * An archive that goes to {@code out}, which is flushed and not closed.
   *
   * @param expected photos, about
   */
  public PhotoArchive(OutputStream out, long expected) {
    this.tar = new TarArchiveOutputStream(out, StandardCharsets.UTF_8.name());
    tar.setBigNumberMode(TarArchiveOutputStream.BIGNUMBER_POSIX);
    tar.setLongFileMode(TarArchiveOutputStream.LONGFILE_POSIX);
    tar.setAddPaxHeadersForNonAsciiNames(true);
    this.names = new EntryNames(expected);
  }

  @Override
  public boolean photo(StoredNeedle photo) throws IOException {
    ByteBuffer data = photo.data();
    String path = names.path(photo.name());
    TarArchiveEntry entry = new TarArchiveEntry(path);
    entry.setSize(data.remaining());
    entry.setLastModifiedTime(FileTime.fromMillis(photo.version().millis()));
    if (!path.equals(photo.name().value())) {
      entry.addPaxHeader(NAME, photo.name().value());
    }
    entry.addPaxHeader(VERSION, photo.version().hex());
    entry.addPaxHeader(CRC32C, HexFormat.of().toHexDigits(photo.crc32c()));
    entry.addPaxHeader(CONTENT_TYPE, photo.contentType());
    tar.putArchiveEntry(entry);
    tar.write(data.array(), data.arrayOffset() + data.position(), data.remaining());
    tar.closeArchiveEntry();
    return true;
  }

  @Override
  public void damaged(Damage damage) {
    if (leftOut.size() < MAX_LISTED) {
      leftOut.add(
          "volume "
              + Integer.toUnsignedString(damage.volume())
              + " at "
              + damage.offset()
              + ", "
              + damage.length()
              + " bytes: "
              + damage.reason());
    }
  }

  /** Ends the archive; where something was left out, with a list of it. */
  public void finish(PhotosRead read) throws IOException {
    if (read.unindexed() > 0) {
      leftOut.add(read.unindexed() + " photos that the index does not know");
    }
    if (!leftOut.isEmpty()) {
      byte[] list = (String.join("\n", leftOut) + "\n").getBytes(StandardCharsets.UTF_8);
      TarArchiveEntry entry = new TarArchiveEntry(LEFT_OUT);
      entry.setSize(list.length);
      tar.putArchiveEntry(entry);
      tar.write(list);
      tar.closeArchiveEntry();
    }
    tar.finish();
    tar.flush();
  }
}
