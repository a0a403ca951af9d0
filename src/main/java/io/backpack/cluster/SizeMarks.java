package io.backpack.cluster;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.json.JsonObject;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * What coordinators leave in {@code shard-size-ID} beside the size, so that one of them acts for
 * all, and the correction of the size itself. Every change is against the version that was read.
 */
final class SizeMarks {
  private final Znodes znodes;
  private final InstantSource time;

  SizeMarks(Znodes znodes, InstantSource time) {
    this.znodes = znodes;
    this.time = time;
  }

  /** Blocks; see {@link ClusterView#takeTurn}. */
  boolean takeTurn(String shardId, ClusterView.Turn what, Duration interval) {
    String field = what.name().toLowerCase(Locale.ROOT);
    return change(
        shardId,
        json -> {
          Instant now = time.instant();
          Optional<Instant> last = instant(json.getValue(field));
          // One from the future is by a clock that was wrong, and must not hold for long.
          boolean recent =
              last.isPresent() && Duration.between(last.get(), now).abs().compareTo(interval) < 0;
          if (!recent) {
            json.put(field, now.toString());
          }
          return !recent;
        });
  }

  private static Optional<Instant> instant(Object value) {
    try {
      return value instanceof String text ? Optional.of(Instant.parse(text)) : Optional.empty();
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  /** Blocks; see {@link ClusterView#correctSize}. */
  void correct(String shardId, long reported) {
    change(
        shardId,
        json -> {
          long current = MapCodec.size(shardId, json).current();
          // Rounded away from what is counted, so that it ends at what is reported.
          long half = (reported - current) / 2 + (reported - current) % 2;
          json.put(MapCodec.CURRENT, Math.max(0, current + half));
          return half != 0;
        });
  }

  /**
   * @param edit changes the object in place; false to leave the znode as it is
   * @return what the edit said of what was written; false where there is nothing to change
   */
  private boolean change(String shardId, Predicate<JsonObject> edit) {
    for (int attempt = 0; attempt < Znodes.MAX_TRIES; attempt++) {
      if (attempt > 0) {
        Znodes.pauseBeforeTry(attempt);
      }
      Optional<Znode> old = znodes.read(MapCodec.sizeZnode(shardId));
      if (old.isEmpty()) {
        return false;
      }
      try {
        JsonObject json = old.get().json();
        if (!edit.test(json)) {
          return false;
        }
        if (znodes.commit(List.of(znodes.set(old.get(), json)))) {
          return true;
        }
      } catch (DamagedZnodeException e) {
        return false;
      }
    }
    throw new BackpackException(
        ErrorCode.OVERLOADED,
        "the size of shard " + shardId + " is changed by others all the time");
  }
}
