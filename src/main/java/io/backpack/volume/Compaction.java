package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.volume.PatientIndex.StoppedException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One compaction of volumes of one directory: moves what lives in them, then drops them. Nothing of
 * it must be remembered: what was moved is current in its new place because of its generation, so a
 * compaction that was cut off at any point is simply begun again. The steps and why each is safe
 * stand in {@code docs/format.md}. For one thread, which has the directory's {@link
 * CompactionGate}.
 */
final class Compaction {
  private static final Logger LOG = LoggerFactory.getLogger(Compaction.class);
  private static final Duration READER_PATIENCE = Duration.ofSeconds(30);

  /** How much is read or written before the pace is asked. */
  private static final long STRIDE = 1 << 20;

  private final StoreDirectory directory;
  private final Collection<StoreDirectory> all;
  private final VolumeSettings settings;
  private final DamageReport damage;
  private final PatientIndex index;
  private final Pace pace;
  private final List<CompactionSource> sources;
  private final CompactionOutput output;
  private final StandingWalk walk;

  private final List<Integer> retired = new ArrayList<>();
  private final List<CompactionResult.Kept> kept = new ArrayList<>();
  private long needlesDropped;
  private long bytesDropped;
  private long bytesRemoved;
  private long unpaced;
  private boolean stopped;
  private Optional<BackpackException> failure = Optional.empty();

  /**
   * @param all directories of the node
   * @param sources sealed volumes of {@code directory}
   */
  Compaction(
      Disk disk,
      StoreDirectory directory,
      Collection<StoreDirectory> all,
      VolumeSettings settings,
      DamageReport damage,
      PatientIndex index,
      Pace pace,
      List<Volume> sources) {
    this.directory = directory;
    this.all = all;
    this.settings = settings;
    this.damage = damage;
    this.index = index;
    this.pace = pace;
    this.sources = sources.stream().map(CompactionSource::new).toList();
    this.output = new CompactionOutput(directory, settings.volumeSize(), index);
    this.walk = new StandingWalk(disk, damage, index);
  }

  CompactionResult run() {
    sources.forEach(each -> each.volume().moving());
    try {
      return compact();
    } finally {
      sources.forEach(each -> each.volume().moving());
    }
  }

  private CompactionResult compact() {
    step(directory::deleteRetired); // What an earlier one could not delete.
    if (going()) {
      step(this::checkSpace);
    }
    boolean ended = false;
    try {
      if (going()) {
        step(this::moveAll);
      }
    } finally {
      ended = end();
    }
    for (CompactionSource source : sources) {
      if (ended && !stopped && source.empty() && !indexFailed()) {
        step(() -> drop(source));
      }
    }
    step(directory::deleteRetired);
    sources.forEach(this::explain);
    CompactionResult result = result();
    LOG.info("compacted {}: {}", directory.dir(), result);
    return result;
  }

  @FunctionalInterface
  private interface Step {
    void run() throws IOException;
  }

  /** Does a step; the first failure is the one that is reported. */
  private void step(Step step) {
    try {
      step.run();
    } catch (StoppedException e) {
      stopped = true;
    } catch (BackpackException e) {
      if (e.code() == ErrorCode.NOT_READY) {
        stopped = true; // The node is stopping, or the thread was interrupted.
      } else {
        fail(e);
      }
    } catch (IOException e) {
      fail(
          new BackpackException(
              ErrorCode.STORAGE_FAILED,
              "the disk of " + directory.dir() + " refused the compaction: " + e.getMessage(),
              e));
    }
  }

  private void fail(BackpackException e) {
    LOG.warn("compaction of {}: {}", directory.dir(), e.getMessage());
    failure = failure.or(() -> Optional.of(e));
  }

  private boolean going() {
    return !stopped && failure.isEmpty();
  }

  private boolean indexFailed() {
    return failure.filter(each -> each.code() == ErrorCode.INDEX_UNAVAILABLE).isPresent();
  }

  private boolean end() {
    boolean[] done = {false};
    step(
        () -> {
          output.end();
          done[0] = true;
        });
    return done[0];
  }

  /** What lives is at most what is not known to be dead; the index log comes on top. */
  private void checkSpace() throws IOException {
    Map<Integer, Long> dead = index.deadBytes();
    long live = 0;
    long logs = 0;
    for (CompactionSource source : sources) {
      long length = source.volume().length() - Volume.START;
      live += Math.max(0, length - dead.getOrDefault(source.id(), 0L));
      if (Files.exists(Volume.logFile(directory.dir(), source.id()))) {
        logs += Files.size(Volume.logFile(directory.dir(), source.id()));
      }
    }
    long needed = live == 0 ? 0 : live + logs + CompactionOutput.SPARE_BYTES;
    long usable = directory.usableSpace();
    if (usable < needed) {
      throw new BackpackException(
          ErrorCode.NO_SPACE,
          "compacting "
              + live
              + " live bytes of "
              + directory.dir()
              + " needs "
              + needed
              + " free bytes and there are "
              + usable
              + ": free some space, or begin with the volumes that have the least live bytes");
    }
  }

  private void moveAll() throws IOException {
    for (CompactionSource source : sources) {
      try (AsideReader bytes = source.volume().aside()) {
        walk.run(source.volume(), mover(source, bytes));
      }
      paced(output.flush(), true);
      source.walked();
    }
  }

  private StandingWalk.Sink mover(CompactionSource source, AsideReader bytes) {
    return new StandingWalk.Sink() {
      @Override
      public void live(NeedleEntry entry) throws IOException {
        Optional<Needle> needle = read(source, bytes, entry);
        long written = needle.isPresent() ? output.add(needle.get()) : 0;
        paced(entry.location().length() + written, false);
      }

      @Override
      public void dead(NeedleEntry entry) {
        source.dead(entry);
      }

      @Override
      public void gap(long from, long to) {
        source.gap(from, to);
      }
    };
  }

  /** The needle as it will be written again; nothing when it is damaged, which is noted. */
  private Optional<Needle> read(CompactionSource source, AsideReader bytes, NeedleEntry entry) {
    StoredNeedle stored;
    try {
      stored = source.volume().read(entry.location(), ByteBuffer::allocate, bytes);
    } catch (BackpackException e) {
      if (e.code() != ErrorCode.DAMAGED && e.code() != ErrorCode.MISSING) {
        throw e;
      }
      source.damaged(entry);
      return Optional.empty();
    }
    boolean whole =
        stored.name().equals(entry.name())
            && stored.version().equals(entry.version())
            && stored.tombstone() == entry.tombstone()
            && (stored.tombstone() || Bytes.crc(stored.data()) == stored.crc32c());
    if (!whole) {
      Location at = entry.location();
      String reason = "the needle is not what its index log says";
      damage.add(new Damage(at.volume(), directory.dir(), at.offset(), at.length(), reason));
      source.damaged(entry);
      return Optional.empty();
    }
    return Optional.of(
        new Needle(
            stored.name(),
            stored.version(),
            stored.tombstone(),
            entry.supersedes(),
            entry.collided(),
            NeedleEntry.nextGeneration(entry.generation()),
            stored.contentType(),
            stored.attributes(),
            stored.data(),
            stored.crc32c()));
  }

  private void paced(long bytes, boolean now) {
    unpaced += bytes;
    if (directory.gate().stopping()) {
      throw new StoppedException();
    }
    if (unpaced >= STRIDE || now) {
      long done = unpaced;
      unpaced = 0;
      if (!pace.proceed(done)) {
        throw new StoppedException();
      }
    }
  }

  /** Everything that lived in it is durable elsewhere: looks once more, then lets it go. */
  private void drop(CompactionSource source) throws IOException {
    Volume volume = source.volume();
    long[] live = {0};
    walk.run(
        volume,
        new StandingWalk.Sink() {
          @Override
          public void live(NeedleEntry entry) {
            live[0]++;
          }

          @Override
          public void dead(NeedleEntry entry) {
            // As it should be.
          }

          @Override
          public void gap(long from, long to) {
            source.gap(from, to);
          }
        });
    if (live[0] > 0) {
      throw new BackpackException(
          ErrorCode.INDEX_UNAVAILABLE,
          live[0]
              + " needles of volume "
              + Integer.toUnsignedString(volume.id())
              + " are still the current ones for the index: compact it again");
    }
    if (source.damaged()) {
      return;
    }
    if (!settings.sync()) {
      for (StoreDirectory each : all) {
        each.syncOpen(); // What took the place of its dead needles may be in memory only.
      }
    }
    paced(0, true);
    directory.retire(volume);
    retired.add(volume.id());
    damage.forget(volume.id());
    needlesDropped += source.deadNeedles();
    bytesDropped += source.deadBytes();
    bytesRemoved += volume.length();
    if (!volume.awaitReaders(READER_PATIENCE)) {
      throw new IOException(
          "a read of volume " + Integer.toUnsignedString(volume.id()) + " does not end");
    }
    Quietly.close(volume);
    directory.deleteRetired();
    index.forget(List.of(volume.id()));
  }

  private void explain(CompactionSource source) {
    if (retired.contains(source.id())) {
      return;
    }
    String why =
        source.damaged()
            ? source.damage()
            : failure.map(BackpackException::getMessage).orElse("the compaction was stopped");
    kept.add(new CompactionResult.Kept(source.id(), source.damaged(), why));
  }

  private CompactionResult result() {
    return new CompactionResult(
        output.made(),
        retired,
        kept,
        output.needles(),
        output.bytes(),
        needlesDropped,
        bytesDropped,
        bytesRemoved,
        stopped,
        failure);
  }
}
