package io.backpack.volume;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.IntPredicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What is known of damage in a set: each place once, until it is taken back. Full it keeps what it
 * has and counts the rest. Safe for use by any thread; asking about a place costs next to nothing.
 */
final class DamageReport {
  /** Damaged needles that are remembered. */
  static final int MAX_NEEDLES = 100_000;

  /** Other damaged stretches that are remembered. */
  static final int MAX_STRETCHES = 1000;

  private static final Logger LOG = LoggerFactory.getLogger(DamageReport.class);
  private static final Comparator<Damage> ORDER =
      Comparator.<Damage>comparingInt(Damage::volume).thenComparingLong(Damage::offset);

  private record Place(int volume, long offset) {
    static Place of(Location location) {
      return new Place(location.volume(), location.offset());
    }
  }

  private final Map<Place, Damage> needles = new ConcurrentHashMap<>();
  private final Map<Place, Damage> stretches = new ConcurrentHashMap<>();
  private final AtomicLong beyond = new AtomicLong();
  private final Map<Path, ReadErrors> readErrors = new ConcurrentHashMap<>();

  /** Of the disk of a directory. */
  ReadErrors readErrors(Path dir) {
    return readErrors.computeIfAbsent(dir, any -> new ReadErrors(System::nanoTime));
  }

  /** Directories whose remembered damage has changed since it was last asked for. */
  private final Set<Path> changed = new HashSet<>();

  /** Takes note of damage: a needle is remembered over a restart, all else until the next one. */
  void add(Damage damage) {
    Map<Place, Damage> places = damage.needle() ? needles : stretches;
    Place place = new Place(damage.volume(), damage.offset());
    synchronized (changed) {
      Damage known = places.get(place);
      if (known == null && !damage.needle() && needles.containsKey(place)) {
        return; // Known, and better.
      }
      if (known != null) {
        if (known.name().isEmpty() && damage.name().isPresent()) {
          places.put(place, known.named(damage.name().get(), damage.version()));
          noteChange(known);
        }
        return;
      }
      if (places.size() >= (damage.needle() ? MAX_NEEDLES : MAX_STRETCHES)) {
        beyond.incrementAndGet();
        return;
      }
      beyond.set(0);
      stretches.remove(place);
      places.put(place, damage);
      noteChange(damage);
    }
    LOG.warn(
        "damage in {} at {}, {} bytes: {}",
        Volume.file(damage.dir(), damage.volume()),
        damage.offset(),
        damage.length(),
        damage.reason());
  }

  /** Takes over what an earlier run of the node knew; its times of finding stay. */
  void restore(Damage damage) {
    synchronized (changed) {
      if (needles.size() < MAX_NEEDLES) {
        needles.put(new Place(damage.volume(), damage.offset()), damage);
      }
    }
  }

  /** Whether the needle, or bytes in it, are known to be damaged. */
  boolean damaged(Location location) {
    if (needles.containsKey(Place.of(location))) {
      return true;
    }
    for (Damage each : stretches.values()) {
      if (each.volume() == location.volume()
          && each.offset() < location.end()
          && location.offset() < each.offset() + each.length()) {
        return true;
      }
    }
    return false;
  }

  /** Adds the name to a damaged needle whose own header does not tell it any more. */
  void named(Location location, PhotoName name, Version version) {
    synchronized (changed) {
      Damage known = needles.get(Place.of(location));
      if (known != null && known.name().isEmpty()) {
        needles.put(Place.of(location), known.named(name, version));
        noteChange(known);
      }
    }
  }

  /**
   * Takes a needle and the stretches in it back: it verifies again, or nobody needs it any more.
   */
  void resolved(Location location) {
    if (needles.isEmpty() && stretches.isEmpty()) {
      return;
    }
    synchronized (changed) {
      Damage was = needles.remove(Place.of(location));
      if (needles.isEmpty() && stretches.isEmpty()) {
        beyond.set(0);
      }
      stretches
          .keySet()
          .removeIf(
              place ->
                  place.volume == location.volume()
                      && place.offset >= location.offset()
                      && place.offset < location.end());
      if (was != null) {
        noteChange(was);
        LOG.info(
            "no damage any more in {} at {}", Volume.file(was.dir(), was.volume()), was.offset());
      }
    }
  }

  /** Takes back all damage of a volume that is gone. */
  void forget(int volume) {
    retain(each -> each != volume);
  }

  /** Takes back all damage of volumes that are gone. */
  void retain(IntPredicate listed) {
    if (needles.isEmpty() && stretches.isEmpty()) {
      return;
    }
    synchronized (changed) {
      for (Map<Place, Damage> places : List.of(needles, stretches)) {
        places
            .values()
            .removeIf(
                each -> {
                  boolean gone = !listed.test(each.volume());
                  if (gone) {
                    noteChange(each);
                  }
                  return gone;
                });
      }
    }
  }

  private void noteChange(Damage damage) {
    if (damage.needle()) {
      changed.add(damage.dir());
    }
  }

  /** Unresolved places; with those that found no room it may count one more than once. */
  long count() {
    return needles.size() + stretches.size() + beyond.get();
  }

  /** All places by volume and offset. */
  List<Damage> list() {
    List<Damage> all = new ArrayList<>(needles.values());
    all.addAll(stretches.values());
    all.sort(ORDER);
    return List.copyOf(all);
  }

  /**
   * The remembered damage of a directory, when it has changed since the last call. Who cannot keep
   * it calls {@link #notKept}.
   */
  Optional<List<Damage>> changes(Path dir) {
    synchronized (changed) {
      if (!changed.remove(dir)) {
        return Optional.empty();
      }
    }
    return Optional.of(
        needles.values().stream().filter(each -> each.dir().equals(dir)).sorted(ORDER).toList());
  }

  /** The changes of a directory are still to be kept. */
  void notKept(Path dir) {
    synchronized (changed) {
      changed.add(dir);
    }
  }
}
