package io.backpack.cluster;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.zookeeper.Op;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Adds to the {@code current} of shards: all of them in one transaction, each against the version
 * that was read, so that a caller whose call failed may simply repeat it.
 */
final class SizeAdder {
  private static final Logger log = LoggerFactory.getLogger(SizeAdder.class);

  /** A size as it was and as it shall be. */
  private record Change(Znode old, JsonObject json) {}

  private final Znodes znodes;

  SizeAdder(Znodes znodes) {
    this.znodes = znodes;
  }

  /** Blocks. Shards that do not exist, or whose size is damaged, are left out. */
  void add(Map<String, Long> bytes) {
    for (int attempt = 0; attempt < Znodes.MAX_TRIES; attempt++) {
      if (attempt > 0) {
        Znodes.pauseBeforeTry(attempt);
      }
      List<Change> changes = changes(bytes);
      if (changes.isEmpty() || tryCommit(changes)) {
        return;
      }
    }
    throw new BackpackException(
        ErrorCode.OVERLOADED,
        "the sizes of shards " + bytes.keySet() + " are changed by others all the time");
  }

  private List<Change> changes(Map<String, Long> bytes) {
    List<Change> changes = new ArrayList<>();
    bytes.forEach(
        (shardId, delta) -> {
          if (delta != 0) {
            change(shardId, delta).ifPresent(changes::add);
          }
        });
    return changes;
  }

  private Optional<Change> change(String shardId, long delta) {
    Optional<Znode> old = znodes.read(MapCodec.sizeZnode(shardId));
    if (old.isEmpty()) {
      log.debug("shard {} has no size, {} bytes are not counted", shardId, delta);
      return Optional.empty();
    }
    try {
      JsonObject json = old.get().json();
      long current = MapCodec.size(shardId, json).current();
      long sum = current + delta;
      if (delta > 0 && sum < 0) {
        sum = Long.MAX_VALUE;
      }
      json.put(MapCodec.CURRENT, Math.max(0, sum));
      return Optional.of(new Change(old.get(), json));
    } catch (DamagedZnodeException e) {
      log.warn("{}; {} bytes are not counted", e.getMessage(), delta);
      return Optional.empty();
    }
  }

  private boolean tryCommit(List<Change> changes) {
    List<Op> operations = changes.stream().map(c -> znodes.set(c.old(), c.json())).toList();
    try {
      return znodes.commit(operations);
    } catch (BackpackException e) {
      if (e.code() != ErrorCode.UNAVAILABLE) {
        throw e;
      }
      return wasDone(changes.get(0), e);
    }
  }

  /**
   * After the connection broke during a commit. It was all or nothing, so one znode tells; and what
   * was sent over the old connection cannot happen any more once the new one answers.
   */
  private boolean wasDone(Change change, BackpackException unknown) {
    Znode old = change.old();
    Znode now = znodes.read(old.name()).orElseThrow(() -> unknown);
    if (now.version() == old.version()) {
      return false;
    }
    if (now.version() == old.version() + 1 && now.text().equals(change.json().encode())) {
      return true;
    }
    throw unknown;
  }
}
