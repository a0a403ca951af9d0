package io.backpack.volume;

import java.io.IOException;
import java.util.Optional;

/** Takes all needles of a volume, dead ones too, on the thread that reads them. */
public interface NeedleVisitor {
  /**
   * A needle, read and verified.
   *
   * @param needle nothing when its data is damaged; valid during the call only
   * @return false to stop
   */
  boolean needle(NeedleEntry entry, Optional<StoredNeedle> needle) throws IOException;

  /** Bytes that are no needle, or one whose header is damaged. */
  void gap(Damage damage) throws IOException;
}
