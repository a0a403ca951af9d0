package io.backpack.volume;

import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * The reads of one scan of a volume: past the page cache where the file system can do that, so that
 * who reads everything once does not push out what is read often. Also, a verification then sees
 * what the disk holds, and not what is in memory of it. For one thread.
 */
final class AsideReader implements VolumeScan.Source, Closeable {
  /** Opens the file once more. */
  @FunctionalInterface
  interface Opener {
    VolumeFile open() throws IOException;
  }

  private final Volume volume;
  private final Opener opener;
  private VolumeFile file;
  private boolean tried;

  /**
   * @param opener null when the file is lost
   */
  AsideReader(Volume volume, Opener opener) {
    this.volume = volume;
    this.opener = opener;
  }

  @Override
  public void read(ByteBuffer into, long position) throws IOException {
    if (!tried) {
      tried = true;
      file = open();
    }
    if (file == null) {
      volume.readRaw(into, position);
    } else {
      volume.readRaw(file, into, position);
    }
  }

  /** Nothing where the name leads nowhere any more: the volume's own file is open still. */
  private VolumeFile open() {
    try {
      return opener == null ? null : opener.open();
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  public void close() {
    Quietly.close(file);
  }
}
