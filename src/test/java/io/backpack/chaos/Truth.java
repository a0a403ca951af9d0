package io.backpack.chaos;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What must be true of a name in a shard at the end: the acknowledged write of the highest version
 * holds, unless one that was never answered, and may be later, took its place.
 */
final class Truth {
  /** For so long a coordinator may go on with an upload whose client is gone. */
  private static final long AFTERMATH_NANOS = TimeUnit.SECONDS.toNanos(30);

  private final String name;
  private final int shard;
  private final Collection<Op> writes;
  private final List<Op> acknowledged;
  private final Op top;
  private final Set<Long> seeds = new HashSet<>();
  private boolean mayBeGone;

  private Truth(
      String name, int shard, Collection<Op> writes, List<Op> acknowledged, boolean clocks) {
    this.name = name;
    this.shard = shard;
    this.writes = writes;
    this.acknowledged = acknowledged;
    this.top =
        acknowledged.stream()
            .max((a, b) -> Long.compareUnsigned(a.version, b.version))
            .orElseThrow();
    add(top);
    for (Op write : writes) {
      boolean here = write.kind == Op.Kind.PUT || write.shard == shard;
      boolean later = clocks || !write.done() || write.end + AFTERMATH_NANOS - top.start > 0;
      if (here && write.uncertain() && later) {
        add(write);
      }
    }
  }

  private void add(Op write) {
    if (write.kind == Op.Kind.PUT) {
      seeds.add(write.seed);
    } else {
      mayBeGone = true;
    }
  }

  /**
   * What must be true of a name in one shard.
   *
   * @param writes all that were ever tried of the name
   * @param clocks whether clocks were wrong, so that an earlier write may have the later version
   * @return empty when nothing was acknowledged in this shard
   */
  static Optional<Truth> of(String name, int shard, Collection<Op> writes, boolean clocks) {
    List<Op> acknowledged = new ArrayList<>();
    for (Op write : writes) {
      if (write.acknowledged() && write.shard == shard) {
        acknowledged.add(write);
      }
    }
    return acknowledged.isEmpty()
        ? Optional.empty()
        : Optional.of(new Truth(name, shard, writes, acknowledged, clocks));
  }

  String name() {
    return name;
  }

  int shard() {
    return shard;
  }

  /** {@code 2:a/b}. */
  String address() {
    return shard + ":" + name;
  }

  /** Whether the write that must hold was under way within one of these times. */
  boolean within(Collection<Window> windows) {
    return windows.stream()
        .anyMatch(window -> top.end >= window.begin() && top.start <= window.end());
  }

  boolean mustBeGone() {
    return seeds.isEmpty();
  }

  boolean mayBe(byte[] bytes) {
    return seeds.stream().anyMatch(seed -> Bytes.are(bytes, seed));
  }

  /** Whether these bytes are only of uploads that were refused. */
  boolean wereRefused(byte[] bytes) {
    List<Op> sent =
        writes.stream()
            .filter(write -> write.kind == Op.Kind.PUT && Bytes.are(bytes, write.seed))
            .toList();
    return !sent.isEmpty() && sent.stream().allMatch(Op::refused);
  }

  /**
   * Whether these are bytes of a later upload that was acknowledged in another shard: it was given
   * up in this one, and what a node had taken by then stays, also over a delete.
   */
  boolean wereMoved(byte[] bytes) {
    return top.kind == Op.Kind.DELETE
        && writes.stream()
            .anyMatch(
                write ->
                    write.kind == Op.Kind.PUT
                        && write.acknowledged()
                        && write.shard != shard
                        && Long.compareUnsigned(write.version, top.version) > 0
                        && Bytes.are(bytes, write.seed));
  }

  /** Whether this answer agrees with it. */
  boolean holds(Http.Answer answer) {
    return answer.status() == 200
        ? mayBe(answer.body())
        : mayBeGone && (answer.status() == 404 || answer.status() == 410);
  }

  /**
   * Writes that were acknowledged one after the other, the later one below the earlier: what came
   * last does not count.
   */
  List<String> outOfOrder() {
    List<String> pairs = new ArrayList<>();
    for (Op earlier : acknowledged) {
      for (Op later : acknowledged) {
        if (earlier.kind != later.kind
            && later.start > earlier.end
            && Long.compareUnsigned(later.version, earlier.version) <= 0) {
          pairs.add("below what was acknowledged before: " + later + " after " + earlier);
        }
      }
    }
    return pairs;
  }

  /** All that was tried of the name, for who has to find out what happened. */
  String story() {
    StringBuilder story = new StringBuilder(address());
    for (Op write : writes) {
      story.append("\n    ").append(write);
    }
    return story.toString();
  }
}
