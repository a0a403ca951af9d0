package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.time.Duration;
import java.util.Collection;
import java.util.List;

/** Checks what is to be compacted and does it, one at a time in each directory. */
final class Compactor {
  private final Disk disk;
  private final Collection<StoreDirectory> directories;
  private final VolumeSettings settings;
  private final NeedleIndex index;
  private final DamageReport damage;

  Compactor(
      Disk disk,
      Collection<StoreDirectory> directories,
      VolumeSettings settings,
      NeedleIndex index,
      DamageReport damage) {
    this.disk = disk;
    this.directories = directories;
    this.settings = settings;
    this.index = index;
    this.damage = damage;
  }

  CompactionResult compact(Collection<Integer> sources, Pace pace, Duration patience) {
    if (sources.isEmpty()) {
      throw new BackpackException(ErrorCode.BAD_REQUEST, "no volume is named");
    }
    StoreDirectory directory = directoryOf(sources.iterator().next());
    CompactionGate gate = directory.gate();
    if (!gate.enter()) {
      throw gate.stopping()
          ? new BackpackException(ErrorCode.NOT_READY, "the node is stopping")
          : new BackpackException(
              ErrorCode.OVERLOADED,
              "a compaction of " + directory.dir() + " is under way, try again when it has ended");
    }
    try {
      List<Volume> volumes = sources.stream().distinct().map(id -> source(directory, id)).toList();
      PatientIndex patient = new PatientIndex(index, () -> !gate.stopping(), patience, patience);
      return new Compaction(disk, directory, directories, settings, damage, patient, pace, volumes)
          .run();
    } finally {
      gate.leave();
    }
  }

  private StoreDirectory directoryOf(int id) {
    return directories.stream()
        .filter(each -> each.find(id).isPresent())
        .findFirst()
        .orElseThrow(() -> unknown(id));
  }

  private Volume source(StoreDirectory directory, int id) {
    Volume volume =
        directory.find(id).or(() -> directoryOf(id).find(id)).orElseThrow(() -> unknown(id));
    if (!volume.dir().equals(directory.dir())) {
      throw new BackpackException(
          ErrorCode.BAD_REQUEST,
          "the volumes lie in different directories: compact those of each by themselves");
    }
    if (!volume.sealed()) {
      throw new BackpackException(
          ErrorCode.BAD_REQUEST,
          "volume " + Integer.toUnsignedString(id) + " is open for appends: seal it first");
    }
    return volume;
  }

  private static BackpackException unknown(int id) {
    return new BackpackException(
        ErrorCode.NOT_FOUND,
        "no directory of this node has volume " + Integer.toUnsignedString(id));
  }
}
