package io.backpack.volume;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Collects the damage of a set, each place once; the first ones stay when it is full. */
final class DamageReport {
  static final int MAX = 1000;
  private static final Logger LOG = LoggerFactory.getLogger(DamageReport.class);

  private record Place(int volume, long offset) {}

  private final Map<Place, Damage> found = new LinkedHashMap<>();

  void add(Damage damage) {
    synchronized (found) {
      Place place = new Place(damage.volume(), damage.offset());
      if (found.size() >= MAX || found.putIfAbsent(place, damage) != null) {
        return;
      }
    }
    LOG.warn(
        "damage in {} at {}, {} bytes: {}",
        Volume.file(damage.dir(), damage.volume()),
        damage.offset(),
        damage.length(),
        damage.reason());
  }

  /** What lies there is sound after all, or nobody needs it any more. */
  void resolved(Location location) {
    synchronized (found) {
      found
          .keySet()
          .removeIf(
              place ->
                  place.volume == location.volume()
                      && place.offset >= location.offset()
                      && place.offset < location.end());
    }
  }

  List<Damage> list() {
    synchronized (found) {
      return List.copyOf(found.values());
    }
  }
}
