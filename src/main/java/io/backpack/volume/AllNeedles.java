package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/** Gives all needles of one volume to a visitor, dead ones too. */
record AllNeedles(Volume volume, DamageReport damage, NeedleVisitor visitor)
    implements LinearScan.Sink {
  @Override
  public boolean needles(List<LinearScan.Found> stretch) throws IOException {
    for (LinearScan.Found each : stretch) {
      if (volume.cutOff(each.entry().location())) {
        continue;
      }
      if (!visitor.needle(each.entry(), read(each))) {
        return false;
      }
    }
    return true;
  }

  private static Optional<StoredNeedle> read(LinearScan.Found found) {
    try {
      return Optional.of(found.read()); // Which adds to the report what it finds damaged.
    } catch (BackpackException e) {
      if (e.code() == ErrorCode.DAMAGED || e.code() == ErrorCode.MISSING) {
        return Optional.empty();
      }
      throw e;
    }
  }

  @Override
  public void gap(long from, long to) throws IOException {
    if (volume.torn().covers(from, to)) {
      return;
    }
    Damage found = new Damage(volume.id(), volume.dir(), from, to - from, "no sound needle");
    damage.add(found);
    visitor.gap(found);
  }
}
