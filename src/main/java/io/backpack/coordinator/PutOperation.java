package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.coordinator.PutOutcome.Kind;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One upload: takes memory for the beginning of the body, reads it, sends it to the shards in their
 * order until one has enough copies, and says what became of it. {@code
 * docs/decisions/0003-placement.md} has the rules and their reasons.
 */
final class PutOperation {
  private static final Logger LOG = LoggerFactory.getLogger(PutOperation.class);

  /** Times that an upload is stamped anew because a higher version was met. */
  private static final int MAX_RESTAMPS = 2;

  /** After so many timeouts no further shard is tried, so that the client is answered. */
  private static final int MAX_TIMEOUTS = 3;

  private final CoordinatorParts parts;
  private final Lane lane;
  private final PhotoAddress address;
  private final UploadBody body;
  private final UploadMemory memory;
  private final ClusterMap map;
  private final Settlement settlement;
  private final Map<String, ShardResult> partial = new LinkedHashMap<>();
  private final Map<String, ShardRound> rounds = new LinkedHashMap<>();
  private final Queue<Shard> shards = new ArrayDeque<>();
  private final Queue<Shard> ailing = new ArrayDeque<>();
  private PutOptions options;
  private long deadline;
  private Version met = Version.NONE;
  private int restamps;
  private int tried;
  private boolean onlyNoSpace = true;
  private boolean bound;

  PutOperation(
      CoordinatorParts parts, Lane lane, PhotoAddress address, PutOptions options, Upload upload) {
    CoordinatorSettings settings = parts.settings();
    this.parts = parts;
    this.lane = lane;
    this.address = address;
    this.options = options;
    this.map = parts.view().current();
    this.memory = new UploadMemory(parts.memory(), lane, settings, upload.length());
    this.body =
        new UploadBody(
            lane, parts.nanos(), upload, settings.retain(), settings.http().maxPhotoSize());
    this.settlement = new Settlement(parts, lane, address.name(), body);
  }

  Future<StoredPhoto> run(long announced) {
    long maxSize = parts.settings().http().maxPhotoSize();
    if (announced == 0) {
      return fail(ErrorCode.EMPTY_BODY, "a photo has at least one byte");
    }
    if (announced > maxSize) {
      return fail(ErrorCode.TOO_LARGE, "the photo is larger than " + maxSize + " bytes");
    }
    shards.addAll(shards());
    return memory
        .reserve(body)
        .compose(reserved -> body.fill())
        .compose(filled -> send())
        .eventually(
            () -> {
              memory.release();
              return Future.succeededFuture();
            });
  }

  private List<Shard> shards() {
    if (!address.shard().isEmpty()) {
      Shard forced = parts.shard(map, address.shard());
      if (forced.readOnly()) {
        throw new BackpackException(
            ErrorCode.NO_SHARD_AVAILABLE, "shard '" + forced.id() + "' takes no new photos");
      }
      return List.of(forced);
    }
    List<Shard> order = parts.chooser().order(address.name(), map);
    if (order.isEmpty()) {
      boolean anyWritable = map.shards().values().stream().anyMatch(shard -> !shard.readOnly());
      throw anyWritable
          ? new BackpackException(
              ErrorCode.NO_SPACE, "all shards are full, or of the original Backpack")
          : new BackpackException(ErrorCode.NO_SHARD_AVAILABLE, "no shard takes new photos");
    }
    return order;
  }

  /**
   * Whether too few nodes answered lately, or too few are of ours: the shard comes last, so that
   * not every upload waits, or has fewer copies than it could.
   */
  private boolean ailing(Shard shard) {
    long fit =
        shard.nodes().stream()
            .filter(id -> !parts.order().suspect(id))
            .filter(id -> !map.server(id).map(Server::original).orElse(false))
            .count();
    return fit < wanted(shard);
  }

  private int wanted(Shard shard) {
    return Math.max(1, Math.min(parts.settings().copies(), shard.nodes().size()));
  }

  private Future<StoredPhoto> send() {
    if (body.complete() && body.size() == 0) {
      return fail(ErrorCode.EMPTY_BODY, "a photo has at least one byte");
    }
    body.onFlowing(memory::shrink);
    options = options.withVersion(parts.clock().next());
    deadline =
        parts.nanos().getAsLong() + parts.settings().requestTimeout().toNanos() * MAX_TIMEOUTS;
    return nextShard();
  }

  private Future<StoredPhoto> nextShard() {
    while (body.reusable() && !late() && !shards.isEmpty()) {
      Shard shard = shards.remove();
      if (!ailing(shard)) {
        tried++;
        return send(shard);
      }
      ailing.add(shard);
    }
    if (!body.reusable() || late() || ailing.isEmpty()) {
      return settleForLess();
    }
    tried++;
    return send(ailing.remove());
  }

  private boolean late() {
    return deadline - parts.nanos().getAsLong() < 0;
  }

  private Future<StoredPhoto> send(Shard shard) {
    List<Node> nodes = parts.order().forWrites(parts.nodes().of(map, shard));
    ShardRound round =
        new ShardRound(parts, lane, shard, nodes, address.name(), options, body, wanted(shard));
    rounds.put(shard.id(), round);
    return round.run().compose(this::judge);
  }

  private Future<StoredPhoto> judge(ShardResult result) {
    if (body.failure() != null) {
      return Future.failedFuture(body.failure());
    }
    if (result.has(Kind.CONFLICT)) {
      return refuse(result);
    }
    if (result.has(Kind.CLIENT_ERROR)) {
      return Future.failedFuture(result.first(Kind.CLIENT_ERROR).orElseThrow().failure());
    }
    if (result.has(Kind.OLDER)) {
      return stampAgain(result, result.highestRefusal().orElse(Version.NONE));
    }
    if (!result.holders().isEmpty() && result.damaged().isAfter(result.winner().version())) {
      return belowDamage(result);
    }
    if (result.has(Kind.UNCHANGED) && !options.replica()) {
      if (result.silent()) {
        // Who did not answer may have a delete of what the others say they have: the upload is
        // written anew, above any delete that was stamped before it came.
        return writeOver(result, result.winner().version());
      }
      return settlement
          .laterDelete(result, result.winner().version())
          .compose(
              deleted ->
                  deleted.isAfter(Version.NONE) ? writeOver(result, deleted) : conclude(result));
    }
    return conclude(result);
  }

  private Future<StoredPhoto> conclude(ShardResult result) {
    if (!result.holders().isEmpty() && met.isAfter(result.winner().version())) {
      // All that is stored is older than what another node has, which did not answer this time.
      return fail(ErrorCode.UNAVAILABLE, "the name is written at the same time, try again");
    }
    onlyNoSpace &= result.outOfSpace();
    if (result.full()) {
      return accept(result);
    }
    if (result.has(Kind.NO_SPACE)) {
      parts.chooser().noSpace(result.shard().id());
    }
    partial.put(result.shard().id(), result);
    if (bound || result.has(Kind.UNCHANGED)) {
      // A name that is taken here must not be stored a second time elsewhere.
      rounds.keySet().retainAll(List.of(result.shard().id()));
      return settleForLess();
    }
    return nextShard();
  }

  /** Other bytes are stored; where this upload may have got in beside them, they must win again. */
  private Future<StoredPhoto> refuse(ShardResult result) {
    BackpackException refusal = result.keepers().get(0).failure();
    partial.remove(result.shard().id());
    if (!result.has(Kind.STORED) && !result.has(Kind.UNKNOWN)) {
      return refused(refusal);
    }
    if (refusal.version().isEmpty() || options.replica()) {
      return restore(result, refusal);
    }
    return settlement
        .laterDelete(result, refusal.version().orElseThrow())
        .compose(
            deleted ->
                deleted.isAfter(Version.NONE)
                    ? writeOver(result, deleted)
                    : restore(result, refusal));
  }

  private Future<StoredPhoto> restore(ShardResult result, BackpackException refusal) {
    return new PhotoRestorer(parts, lane, address.name(), options.trace(), memory.held())
        .restore(result)
        .onFailure(
            cause ->
                LOG.warn(
                    "shard {}: a refused upload may stand against the stored photo: {}",
                    result.shard().id(),
                    cause.getMessage()))
        .compose(restored -> refused(refusal));
  }

  /**
   * Another shard was given up for too few copies, but some node there has taken the upload,
   * perhaps over a delete that was answered: what was refused must not be read there. So it is
   * accepted with those copies, as if this shard had not been asked.
   */
  private Future<StoredPhoto> refused(BackpackException refusal) {
    boolean taken = partial.values().stream().anyMatch(each -> each.has(Kind.STORED));
    return taken ? settleForLess() : Future.failedFuture(refusal);
  }

  private Future<StoredPhoto> stampAgain(ShardResult result, Version inTheWay) {
    met = inTheWay.isAfter(met) ? inTheWay : met;
    Version version = parts.clock().nextAfter(met);
    if (!body.reusable() || restamps >= MAX_RESTAMPS) {
      return fail(ErrorCode.UNAVAILABLE, "the name is written at the same time, try again");
    }
    restamps++;
    options = options.withVersion(version);
    return send(result.shard());
  }

  /**
   * A later photo stands damaged on a node, and would win if it were read again. An upload that was
   * taken by others must stand above it; an older photo that was found must not be put above it.
   */
  private Future<StoredPhoto> belowDamage(ShardResult result) {
    return result.has(Kind.STORED)
        ? writeOver(result, result.damaged())
        : fail(
            ErrorCode.UNAVAILABLE,
            "a later photo of the name is damaged and waits for repair, try again");
  }

  /**
   * What is stored there is condemned by a delete that has not arrived: the upload replaces it. One
   * that is on a disk above all deletes stands as it is stamped, and is settled on.
   */
  private Future<StoredPhoto> writeOver(ShardResult result, Version deleted) {
    bound = true;
    met = deleted.isAfter(met) ? deleted : met;
    if (result.has(Kind.STORED)
        && !result.has(Kind.OLDER)
        && result.winner().version().isAfter(met)) {
      return accept(result);
    }
    options = options.asReplica(options.version().orElseThrow());
    return stampAgain(result, deleted);
  }

  private Future<StoredPhoto> accept(ShardResult result) {
    String chosen = result.shard().id();
    if (!partial.isEmpty() && !partial.keySet().iterator().next().equals(chosen)) {
      parts.stats().uploadMoved();
    }
    return settlement.settle(result, options);
  }

  /**
   * No shard has enough copies: the one with some keeps them, and the others are queued. Where that
   * is not enough, nodes that hang are waited for.
   */
  private Future<StoredPhoto> settleForLess() {
    ShardResult best = null;
    for (ShardResult each : partial.values()) {
      boolean better = best == null || each.has(Kind.UNCHANGED) && !best.has(Kind.UNCHANGED);
      if (!each.durable().isEmpty() && better) {
        best = each;
      }
    }
    if (best != null && !parts.settings().copiesStrict()) {
      return accept(best);
    }
    for (ShardRound round : rounds.values()) {
      if (round.canInsist() && !late()) {
        return round.insist().compose(this::judge);
      }
    }
    if (tried > 0 && onlyNoSpace) {
      return fail(ErrorCode.NO_SPACE, "no node has room for the photo");
    }
    return fail(
        ErrorCode.NO_SHARD_AVAILABLE,
        best == null
            ? "no node of " + tried + " shards took the photo, try again"
            : "too few nodes took the photo, and fewer copies are not allowed, try again");
  }

  private static <T> Future<T> fail(ErrorCode code, String message) {
    return Future.failedFuture(new BackpackException(code, message));
  }
}
