package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One verification of one volume, see {@link VolumeSet#verify}. Used once, by one thread. */
final class VolumeVerify {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeVerify.class);

  /** Needles in one question to the index. */
  private static final int GROUP = 500;

  /** Beyond so many needles that the index lacks, all volumes are replayed. */
  private static final int MAX_LACKING = 10_000;

  private static final Duration FOR_ANSWER = Duration.ofSeconds(60);

  /** A reconnect is no reason to begin with a volume once more. */
  private static final Duration FOR_CATCH_UP = Duration.ofMillis(500);

  private static final String NO_NEEDLE = "no sound needle";
  private static final String DATA_DAMAGED = "the checksum of the photo does not match";

  /** How often the index is asked again for what it lacks: a batch may be on its way to it. */
  private static final int SECOND_LOOKS = 10;

  /**
   * A needle to ask the index for.
   *
   * @param damage what is wrong with it; empty when it is sound
   * @param replayable a replay would tell the index of it
   */
  private record Seen(NeedleEntry entry, String damage, boolean replayable) {
    boolean damaged() {
      return !damage.isEmpty();
    }
  }

  private final Disk disk;
  private final Volume volume;
  private final NeedleLog all;
  private final DamageReport report;
  private final Pace given;
  private final PatientIndex index;
  private final long end;
  private final NavigableSet<Long> listed;
  private final List<Seen> group = new ArrayList<>(GROUP);
  private final List<NeedleEntry> lacking = new ArrayList<>();
  private boolean going = true;
  private long needles;
  private long bytes;
  private long liveBytes;
  private long deadBytes;
  private long damagedLive;
  private long damagedDead;
  private long unknown;
  private long unindexed;
  private boolean healed = true;

  VolumeVerify(
      Disk disk, Volume volume, NeedleLog all, NeedleIndex index, DamageReport report, Pace pace) {
    this.disk = disk;
    this.volume = volume;
    this.all = all;
    this.report = report;
    this.given = pace;
    this.index = new PatientIndex(index, () -> proceed(0), FOR_ANSWER, FOR_CATCH_UP);
    this.end = volume.length();
    this.listed =
        report.list().stream()
            .filter(each -> each.volume() == volume.id())
            .map(Damage::offset)
            .collect(Collectors.toCollection(TreeSet::new));
  }

  private boolean proceed(long passed) {
    bytes += passed;
    going = going && given.proceed(passed);
    return going;
  }

  VerifyReport run() {
    long started = System.nanoTime();
    try (LogComparison log = new LogComparison(disk, volume, end)) {
      try {
        superblock();
        if (volume.lost()) {
          lost(log);
        } else {
          try (AsideReader source = volume.aside()) {
            new VolumeScan(volume, source, this::proceed)
                .run(Volume.START, end, Volume.START, sink(log));
          }
        }
        if (going) {
          settle();
          settleLacking();
        }
      } catch (PatientIndex.StoppedException asTold) {
        going = false;
      }
      VerifyReport done =
          new VerifyReport(
              volume.id(),
              needles,
              bytes,
              liveBytes,
              deadBytes,
              damagedLive,
              damagedDead,
              unknown,
              unindexed,
              going ? healed : unindexed == 0,
              log.state(going),
              going,
              Duration.ofNanos(System.nanoTime() - started));
      tell(done);
      return done;
    } catch (ClosedChannelException e) {
      throw new BackpackException(ErrorCode.NOT_READY, file() + " is being closed", e);
    } catch (IOException e) {
      throw new BackpackException(
          ErrorCode.STORAGE_FAILED, "cannot verify " + file() + ": " + e.getMessage(), e);
    }
  }

  private void tell(VerifyReport done) {
    if (!done.sound() || done.log() != VerifyReport.Log.WHOLE) {
      LOG.warn(
          "{}: {} needles and {} unknown stretches are damaged, {} were not indexed, index log {}",
          file(),
          damagedLive,
          unknown,
          unindexed,
          done.log());
    } else if (done.complete()) {
      LOG.info("{} is sound: {} needles, {} bytes", file(), needles, bytes);
    }
  }

  private String file() {
    return Volume.file(volume.dir(), volume.id()).toString();
  }

  private void superblock() {
    Location place = new Location(volume.id(), 0, Superblock.SIZE);
    if (volume.superblockSound()) {
      report.resolved(place);
    } else if (!volume.lost()) {
      damaged(0, Superblock.SIZE, Optional.empty(), "the superblock is not that of the volume");
    }
  }

  private void lost(LogComparison log) {
    damaged(0, end, Optional.empty(), "the file is lost");
    long[] told = {Volume.START};
    log.within(
        Volume.START,
        end,
        entry -> {
          told[0] = Math.max(told[0], entry.location().end());
          see(new Seen(entry, "the file is lost", true));
        });
    if (told[0] < end) {
      unknown++;
    }
  }

  private VolumeScan.Sink sink(LogComparison log) {
    return new VolumeScan.Sink() {
      @Override
      public boolean needle(NeedleEntry entry, long durableBefore) {
        log.sound(entry);
        needles++;
        if (!listed.subSet(entry.location().offset(), entry.location().end()).isEmpty()) {
          report.resolved(entry.location());
        }
        see(new Seen(entry, "", true));
        return going;
      }

      @Override
      public void gap(long from, long to, Optional<NeedleEntry> entry) {
        String reason = entry.isPresent() ? DATA_DAMAGED : NO_NEEDLE;
        boolean[] known = {false};
        log.within(
            from,
            to,
            logged -> {
              known[0] = true;
              see(new Seen(logged, reason, true));
            });
        if (!known[0] && volume.torn().covers(from, to)) {
          return;
        }
        if (!known[0] && entry.isPresent()) {
          known[0] = true;
          see(new Seen(entry.get(), reason, false));
        }
        if (!known[0]) {
          unknown++;
          damaged(from, to, Optional.empty(), NO_NEEDLE);
        }
      }
    };
  }

  /** The one way to the list of damage. */
  private void damaged(long from, long to, Optional<NeedleEntry> known, String reason) {
    report.add(
        known
            .map(
                entry ->
                    Damage.ofNeedle(volume.dir(), entry.location(), reason)
                        .named(entry.name(), entry.version()))
            .orElseGet(() -> new Damage(volume.id(), volume.dir(), from, to - from, reason)));
  }

  private void see(Seen seen) {
    if (!going) {
      return;
    }
    group.add(seen);
    if (group.size() == GROUP) {
      settle();
    }
  }

  private void settle() {
    List<NeedleIndex.Standing> standing = index.standing(group.stream().map(Seen::entry).toList());
    for (int i = 0; i < group.size(); i++) {
      settle(group.get(i), standing.get(i));
    }
    group.clear();
  }

  private void settle(Seen seen, NeedleIndex.Standing standing) {
    Location place = seen.entry.location();
    switch (standing) {
      case CURRENT -> {
        liveBytes += place.length();
        settleDamage(seen);
      }
      case SUPERSEDED -> {
        deadBytes += place.length();
        if (seen.damaged()) {
          damagedDead++;
          report.resolved(place);
        }
      }
      case UNINDEXED -> {
        if (seen.damaged() && volume.torn().covers(place)) {
          return; // In an index log that was not written anew after the stop.
        }
        liveBytes += place.length();
        settleDamage(seen);
        if (seen.replayable) {
          unindexed++;
          if (lacking.size() <= MAX_LACKING) {
            lacking.add(seen.entry);
          }
        }
      }
    }
  }

  private void settleDamage(Seen seen) {
    if (seen.damaged()) {
      damagedLive++;
      Location place = seen.entry.location();
      if (!volume.lost()) {
        damaged(place.offset(), place.end(), Optional.of(seen.entry), seen.damage);
      }
    }
  }

  /** What the last batches brought may not have come to the index when it was asked. */
  private void settleLacking() {
    for (int look = 0; !lacking.isEmpty() && look < SECOND_LOOKS; look++) {
      if (lacking.size() > GROUP) {
        break; // More than a batch on its way.
      }
      index.rest();
      List<NeedleIndex.Standing> standing = index.standing(lacking);
      List<NeedleEntry> still = new ArrayList<>();
      for (int i = 0; i < lacking.size(); i++) {
        if (standing.get(i) == NeedleIndex.Standing.UNINDEXED) {
          still.add(lacking.get(i));
        }
      }
      unindexed -= lacking.size() - still.size();
      lacking.clear();
      lacking.addAll(still);
    }
    if (!lacking.isEmpty()) {
      heal();
    }
  }

  /**
   * Has all volumes replayed that hold needles of these names. Not only this one: what the index
   * lacks may be a later write or the tombstone of a name whose earlier photo lies here, which
   * would come back.
   */
  private void heal() {
    healed = false;
    try {
      index.forget(holders());
      healed = true;
    } catch (BackpackException | IOException e) {
      LOG.warn("cannot have the index replay {}: {}", file(), e.getMessage());
    }
  }

  private Collection<Integer> holders() throws IOException {
    Set<Integer> holders = new TreeSet<>();
    boolean many = lacking.size() > MAX_LACKING;
    Set<PhotoName> names = lacking.stream().map(NeedleEntry::name).collect(Collectors.toSet());
    for (NeedleLog.Extent extent : all.extents()) {
      if (many || extent.volume() == volume.id()) {
        holders.add(extent.volume());
        continue;
      }
      all.replay(
          extent.volume(),
          0,
          batch -> {
            boolean holds =
                batch.entries().stream().anyMatch(entry -> names.contains(entry.name()));
            if (holds) {
              holders.add(extent.volume());
            }
            return !holds && proceed(0);
          });
      if (!going) {
        throw new PatientIndex.StoppedException();
      }
    }
    return holders;
  }
}
