package io.backpack.volume;

import java.io.IOException;

/** Takes the photos of a volume, one after another, on the thread that reads them. */
public interface PhotoVisitor {
  /**
   * A live photo, every checksum verified.
   *
   * @param photo its data stands in a buffer that is used again: it is valid during the call only
   * @return false to stop
   * @throws IOException ends the reading with this failure
   */
  boolean photo(StoredNeedle photo) throws IOException;

  /** Bytes that cannot be trusted; reading goes on behind them. What a photo was there is lost. */
  void damaged(Damage damage) throws IOException;
}
