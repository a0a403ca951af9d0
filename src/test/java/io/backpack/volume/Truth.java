package io.backpack.volume;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * The reference model of a store: for each name the highest write that was acknowledged, and the
 * writes whose outcome is not known. One of these is what readers must be shown, and nothing else.
 *
 * <p>The bytes of a photo follow from its name and version, so none are kept.
 */
final class Truth {
  /** A write as the rules see it; of equal versions the tombstone is higher. */
  record Write(long version, boolean tombstone) implements Comparable<Write> {
    @Override
    public int compareTo(Write other) {
      int byVersion = Long.compareUnsigned(version, other.version);
      return byVersion != 0 ? byVersion : Boolean.compare(tombstone, other.tombstone);
    }
  }

  private static final class State {
    Optional<Write> acknowledged = Optional.empty();
    Optional<Write> synced = Optional.empty();
    final Set<Write> since = new HashSet<>();
    final Set<Write> possible = new HashSet<>();

    boolean beaten(Write write) {
      return acknowledged.isPresent() && write.compareTo(acknowledged.get()) <= 0;
    }
  }

  private static final ByteBuffer BYTES = ByteBuffer.wrap(Engine.bytes(1 << 20, 4711));

  private final Map<PhotoName, State> states = new HashMap<>();

  /** A photo whose bytes follow from its name and version. */
  static Needle photo(PhotoName name, long version, int generation) {
    ByteBuffer data = data(name, version);
    return new Needle(
        name,
        new Version(version),
        false,
        true,
        false,
        generation,
        "image/jpeg",
        Attributes.NONE,
        data,
        Bytes.crc(data));
  }

  static ByteBuffer data(PhotoName name, long version) {
    Random random = new Random(name.hashCode() * 31L + version);
    int size = Sizes.pick(random, name.utf8().length);
    return BYTES.slice(random.nextInt(BYTES.limit() - size), size).asReadOnlyBuffer();
  }

  static Write of(Needle needle) {
    return new Write(needle.version().bits(), needle.tombstone());
  }

  private State state(PhotoName name) {
    return states.computeIfAbsent(name, missing -> new State());
  }

  /** It happened. */
  void acknowledged(PhotoName name, Write write) {
    State state = state(name);
    state.since.add(write);
    if (!state.beaten(write)) {
      state.acknowledged = Optional.of(write);
    }
    state.possible.removeIf(state::beaten);
  }

  /** It may have happened, or happen after the next stop. */
  void possible(PhotoName name, Write write) {
    State state = state(name);
    if (!state.beaten(write)) {
      state.possible.add(write);
    }
  }

  /** All that was acknowledged so far is on the disk. */
  void synced() {
    for (State state : states.values()) {
      state.synced = state.acknowledged;
      state.since.clear();
    }
  }

  /** What was acknowledged since may be lost: the mode does not promise more. */
  void doubt() {
    for (State state : states.values()) {
      state.possible.addAll(state.since);
      state.acknowledged = state.synced;
      state.possible.removeIf(state::beaten);
    }
  }

  Optional<Write> acknowledged(PhotoName name) {
    return state(name).acknowledged;
  }

  Collection<PhotoName> names() {
    return Set.copyOf(states.keySet());
  }

  /** Nothing when readers may be shown this; else what is wrong with it. */
  Optional<String> objection(PhotoName name, Optional<Write> shown) {
    State state = state(name);
    if (shown.equals(state.acknowledged)
        || shown.isPresent() && state.possible.contains(shown.get())) {
      return Optional.empty();
    }
    return Optional.of(
        "shows "
            + shown
            + ", acknowledged is "
            + state.acknowledged
            + ", possible are "
            + state.possible);
  }
}
