package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.PhotoName;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

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

  MemoryIndex index() {
    return index;
  }

  /** From the next start on. */
  void index(MemoryIndex other) {
    index = other;
  }

  /** Starts; a disk that fails may fail it. */
  void open() throws Exception {
    set = Optional.of(VolumeSet.open(settings, index, disk));
    catchUp();
  }

  void catchUp() throws Exception {
    index.catchUp(set());
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
