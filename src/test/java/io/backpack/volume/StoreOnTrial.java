package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.PhotoName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A store on a disk that fails as told, and beside it what is known to be true of it. Everything a
 * test does to the store goes through here, so that the truth is always known. For one thread.
 */
final class StoreOnTrial {
  final PowerLossDisk disk;
  final Truth truth = new Truth();
  private final Path dir;
  private final VolumeSettings settings;
  private MemoryIndex index = new MemoryIndex();
  private final AtomicLong nanos = new AtomicLong();
  private Optional<VolumeSet> set = Optional.empty();

  StoreOnTrial(Path root, Random random, long volumeSize, boolean sync) {
    this.disk = new PowerLossDisk(root, random);
    this.dir = root.resolve("store");
    this.settings =
        new VolumeSettings(Engine.NODE, List.of(dir), volumeSize, 0, sync, 1 << 20, 64 << 20);
  }

  VolumeSet set() {
    return set.orElseThrow();
  }

  boolean running() {
    return set.isPresent();
  }

  /** Whether it answers only what is on the disk. */
  boolean synced() {
    return settings.sync();
  }

  MemoryIndex index() {
    return index;
  }

  /** From the next start on. */
  void index(MemoryIndex other) {
    index = other;
  }

  /** Starts; a disk that fails may fail it. */
  void open() throws Exception {
    set = Optional.of(VolumeSet.open(settings, index, disk, nanos::get));
    catchUp();
  }

  void catchUp() throws Exception {
    index.catchUp(set());
  }

  /** Nothing fails any more, and the time to try it again has come. */
  void heal() {
    disk.heal();
    nanos.addAndGet(TimeUnit.MINUTES.toNanos(10));
  }

  List<Integer> sealed() {
    return set().volumes().stream().filter(VolumeInfo::sealed).map(VolumeInfo::id).toList();
  }

  /** Seals the volume that is open; a disk that fails may fail it. */
  void roll() {
    for (VolumeInfo each : set().volumes()) {
      if (!each.sealed()) {
        Engine.await(set().roll(each.id()));
      }
    }
  }

  /** Compacts; when nothing fails and nothing is damaged, and it may go to its end, all goes. */
  CompactionResult compact(Collection<Integer> sources, Pace pace) {
    boolean sound = !disk.failing() && set().damage().isEmpty();
    CompactionResult result = set().compact(sources, pace, Duration.ZERO);
    if (sound
        && !disk.failing()
        && !result.stopped()
        && (result.failure().isPresent() || !result.kept().isEmpty())) {
      throw new AssertionError("nothing fails, but: " + result);
    }
    return result;
  }

  /** Nothing may be wrong when nothing fails. What had failed before is taken back. */
  void scrub() {
    for (VolumeInfo each : set().volumes()) {
      scrub(each.id());
    }
    checkNoDamage();
  }

  void scrub(int volume) {
    VerifyReport report = set().verify(volume, Pace.UNLIMITED);
    if (!report.sound() || !report.healed() || !report.complete()) {
      throw new AssertionError("nothing is damaged, but: " + report);
    }
  }

  /** An index that learns the rest now says what the index says, and counts the same as dead. */
  void checkSame(MemoryIndex other) throws Exception {
    other.catchUp(set());
    if (!other.entries().equals(index.entries())) {
      throw new AssertionError("indexes differ: " + other.entries() + ", " + index.entries());
    }
    Map<Integer, Long> dead = new TreeMap<>();
    for (NeedleLog.Extent extent : set().extents()) {
      set()
          .replay(
              extent.volume(),
              0,
              batch -> {
                for (NeedleEntry each : batch.entries()) {
                  if (!index.get(each.name()).location().equals(each.location())) {
                    dead.merge(extent.volume(), each.location().length(), Long::sum);
                  }
                }
                return true;
              });
      for (MemoryIndex each : List.of(index, other)) {
        long counted = each.deadBytes().join().getOrDefault(extent.volume(), 0L);
        if (counted != dead.getOrDefault(extent.volume(), 0L)) {
          throw new AssertionError(
              counted
                  + " bytes are counted as dead by the index "
                  + (each == other ? "that learnt it later" : "in use")
                  + " in "
                  + extent
                  + ", dead are "
                  + dead.get(extent.volume()));
        }
      }
    }
  }

  /** Stops in order, as far as the disk lets it. */
  void close() {
    set.ifPresent(VolumeSet::close);
    set = Optional.empty();
    if (!disk.failing()) {
      truth.synced();
    }
  }

  /** The process ends as it is; the disk stays on. */
  void kill() {
    disk.stop();
    close();
    disk.restart();
  }

  void powerCut(PowerLoss how) {
    disk.stop();
    close();
    disk.cut(how);
    if (!settings.sync()) {
      truth.doubt();
    }
  }

  /** Asks for all at the same time; true when all of them were acknowledged. */
  boolean write(Collection<Needle> needles) {
    List<CompletableFuture<Appended>> answers = new ArrayList<>();
    for (Needle each : needles) {
      answers.add(set().append(each));
    }
    boolean all = true;
    int i = 0;
    for (Needle each : needles) {
      try {
        Appended appended = Engine.await(answers.get(i++));
        truth.acknowledged(each.name(), Truth.of(each));
        if (appended.outcome().won() && !appended.outcome().current().equals(each.version())) {
          throw new AssertionError(each.name() + ": won, and another version stands");
        }
      } catch (BackpackException e) {
        truth.possible(each.name(), Truth.of(each));
        all = false;
      }
    }
    return all;
  }

  boolean write(Needle needle) {
    return write(List.of(needle));
  }

  /** Reads a name. A disk that fails may fail it; what is shown must be true. */
  void check(PhotoName name) {
    Optional<NeedleEntry> entry = Optional.ofNullable(index.get(name));
    Optional<Truth.Write> shown =
        entry.map(each -> new Truth.Write(each.version().bits(), each.tombstone()));
    truth
        .objection(name, shown)
        .ifPresent(
            wrong -> {
              throw new AssertionError(name + ": " + wrong);
            });
    if (entry.isPresent()) {
      StoredNeedle stored = set().read(entry.get().location());
      if (!stored.name().equals(name)
          || !stored.version().equals(entry.get().version())
          || stored.tombstone() != entry.get().tombstone()) {
        throw new AssertionError(name + ": the index shows another needle");
      }
      if (!stored.tombstone() && !stored.data().equals(Truth.data(name, stored.version().bits()))) {
        throw new AssertionError(name + ": wrong bytes of " + shown);
      }
    }
  }

  /** Reads all names. With every write synced, what was shown once stays. */
  void checkAll() {
    for (PhotoName name : truth.names()) {
      check(name);
      NeedleEntry entry = index.get(name);
      if (entry != null && settings.sync()) {
        truth.acknowledged(name, new Truth.Write(entry.version().bits(), entry.tombstone()));
      }
    }
    for (PhotoName name : index.entries().keySet()) {
      if (!truth.names().contains(name)) {
        throw new AssertionError(name + " was never written");
      }
    }
  }

  void checkNoDamage() {
    if (!set().damage().isEmpty()) {
      throw new AssertionError("damage is reported that is not there: " + set().damage());
    }
    if (!set().refused().isEmpty()) {
      throw new AssertionError("refused: " + set().refused());
    }
  }

  /** Once nothing fails any more, the store can be written. */
  void checkWritable(long version) {
    PhotoName name = PhotoName.of("writable");
    if (!write(Truth.photo(name, version, 0))) {
      throw new AssertionError("cannot be written although nothing fails any more");
    }
    check(name);
  }

  void delete() throws IOException {
    kill();
    Scratch.delete(dir.getParent());
  }
}
