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
    long moves = volume.moves();
    if (moves % 2 == 1) {
      throw moved();
    }
    boolean complete;
    try {
      complete = new LinearScan(volume, pace, this).run();
    } catch (ClosedChannelException e) {
      if (volume.moves() != moves) {
        throw moved();
      }
      throw new BackpackException(ErrorCode.NOT_READY, "the volume was closed meanwhile", e);
    }
    if (volume.moves() != moves) {
      // What was moved before it was reached looked dead here.
      throw moved();
    }
    return new PhotosRead(photos, bytes, damaged, unindexed, complete);
  }

  private BackpackException moved() {
    return new BackpackException(
        ErrorCode.NOT_READY,
        "volume "
            + Integer.toUnsignedString(volume.id())
            + " is compacted meanwhile: list the volumes again and read the new ones");
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
              if (!volume.cutOff(entries.get(i).location())) {
                unindexed++;
              }
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
      NeedleEntry entry = found.entry();
      report(
          Damage.ofNeedle(volume.dir(), entry.location(), e.getMessage())
              .named(entry.name(), entry.version()));
      return true;
    }
    photos++;
    bytes += photo.data().remaining();
    return visitor.photo(photo);
  }

  @Override
  public void gap(long from, long to) throws IOException {
    if (volume.torn().covers(from, to)) {
      return;
    }
    report(new Damage(volume.id(), volume.dir(), from, to - from, "no sound needle"));
  }

  private void report(Damage found) throws IOException {
    damaged++;
    damage.add(found);
    visitor.damaged(found);
  }
}
