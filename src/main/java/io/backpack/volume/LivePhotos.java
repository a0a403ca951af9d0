package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Gives the live photos of one volume to a visitor, see {@link VolumeSet#photos}. */
final class LivePhotos implements LinearScan.Sink {
  /** Needles that the index is asked about at a time. */
  private static final int GROUP = 2000;

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Volume volume;
  private final PatientIndex index;
  private final DamageReport damage;
  private final PhotoVisitor visitor;
  private long photos;
  private long bytes;
  private long damaged;
  private long unindexed;

  LivePhotos(Volume volume, NeedleIndex index, DamageReport damage, PhotoVisitor visitor) {
    this.volume = volume;
    this.index = new PatientIndex(index, () -> true, PATIENCE, Duration.ZERO);
    this.damage = damage;
    this.visitor = visitor;
  }

  PhotosRead run(Pace pace) throws IOException {
    boolean complete;
    try {
      complete = new LinearScan(volume, pace, this).run();
    } catch (ClosedChannelException e) {
      throw new BackpackException(ErrorCode.NOT_READY, "the volume was closed meanwhile", e);
    }
    return new PhotosRead(photos, bytes, damaged, unindexed, complete);
  }

  @Override
  public boolean needles(List<LinearScan.Found> stretch) throws IOException {
    List<LinearScan.Found> stored =
        stretch.stream().filter(each -> !each.entry().tombstone()).toList();
    for (int from = 0; from < stored.size(); from += GROUP) {
      if (!group(stored.subList(from, Math.min(from + GROUP, stored.size())))) {
        return false;
      }
    }
    return true;
  }

  private boolean group(List<LinearScan.Found> group) throws IOException {
    List<NeedleEntry> entries = new ArrayList<>(group.size());
    group.forEach(each -> entries.add(each.entry()));
    List<NeedleIndex.Standing> standings = index.standing(entries);
    for (int i = 0; i < group.size(); i++) {
      boolean more =
          switch (standings.get(i)) {
            case CURRENT -> photo(group.get(i));
            case SUPERSEDED -> true;
            case UNINDEXED -> {
              unindexed++;
              yield true;
            }
          };
      if (!more) {
        return false;
      }
    }
    return true;
  }

  private boolean photo(LinearScan.Found found) throws IOException {
    StoredNeedle photo;
    try {
      photo = found.read();
    } catch (BackpackException e) {
      if (e.code() != ErrorCode.DAMAGED && e.code() != ErrorCode.MISSING) {
        throw e;
      }
      Location at = found.entry().location();
      report(new Damage(volume.id(), volume.dir(), at.offset(), at.length(), e.getMessage()));
      return true;
    }
    photos++;
    bytes += photo.data().remaining();
    return visitor.photo(photo);
  }

  @Override
  public void gap(long from, long to) throws IOException {
    report(new Damage(volume.id(), volume.dir(), from, to - from, "no sound needle"));
  }

  private void report(Damage found) throws IOException {
    damaged++;
    damage.add(found);
    visitor.damaged(found);
  }
}
