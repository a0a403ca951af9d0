package io.backpack.index;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.redis.RedisLink;
import io.backpack.volume.IndexBatch;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleLog;
import io.vertx.core.Future;
import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the index in Redis from its checkpoints to the durable ends of the volumes. Blocks, so it
 * runs on a thread that may; used once.
 *
 * <ol>
 *   <li>Checkpoints that point beyond the end of their volume, or to a volume that is not listed
 *       although its directory is open, are void.
 *   <li>The gaps are read once to know which names have a tombstone or a later write in them: what
 *       Redis says of these may be stale. All others it may answer from then on.
 *   <li>The gaps are replayed, with the script that also applies new needles; a long one in the
 *       order of the buckets, see {@link SortedReplay}.
 *   <li>Needles went on becoming durable meanwhile, so this is done again until a round was short;
 *       during the last one new batches wait.
 * </ol>
 */
final class CatchUp {
  private static final Logger LOG = LoggerFactory.getLogger(CatchUp.class);

  /** A round of at most so many entries is done in a moment. */
  private static final long SHORT_ROUND = 20_000;

  /** Above it a volume's id has the number of its directory. */
  private static final int ORDINAL_SHIFT = 24;

  private final RedisLink link;
  private final Keyspace keyspace;
  private final Applier applier;
  private final NameHash hash;
  private final NeedleLog log;
  private final Session session;
  private final Duration patience;
  private final CallWindow calls;
  private final Set<Integer> unreadable = new HashSet<>();

  /** A stretch of a volume that Redis lacks. */
  private record Gap(int volume, long from, long end) {}

  /**
   * @param patience how long a call to Redis can take at most
   */
  CatchUp(
      RedisLink link,
      Keyspace keyspace,
      Applier applier,
      NameHash hash,
      NeedleLog log,
      Session session,
      Duration patience) {
    this.link = link;
    this.keyspace = keyspace;
    this.applier = applier;
    this.hash = hash;
    this.log = log;
    this.session = session;
    this.patience = patience.multipliedBy(2);
    this.calls = new CallWindow(this.patience);
  }

  /**
   * Returns when everything is in Redis, or the session is over.
   *
   * @param first of this process
   * @param finish tries to end the catch-up; false to have another round
   * @throws BackpackException {@link ErrorCode#INDEX_UNAVAILABLE} when Redis fails meanwhile
   */
  void run(boolean first, BooleanSupplier finish) throws IOException {
    long start = System.nanoTime();
    if (first) {
      tryHolesAgain();
    }
    long lastRound = Long.MAX_VALUE;
    while (!session.over()) {
      if (lastRound <= SHORT_ROUND) {
        session.hold();
      }
      List<Gap> gaps = gaps();
      if (gaps.isEmpty()) {
        session.serve();
        if (lastRound <= SHORT_ROUND) {
          if (log.complete()) {
            await(keyspace.markWhole(link, session.epoch()));
          }
          if (finish.getAsBoolean()) {
            done(start);
            return;
          }
        }
        lastRound = 0;
        continue;
      }
      boolean sorted = false;
      if (!session.serving()) {
        sorted = scan(gaps) > SHORT_ROUND;
        session.serve();
      }
      long before = session.replayed().get();
      Map<Integer, Long> checkpoints = Map.copyOf(session.checkpoints());
      replay(gaps, sorted);
      calls.awaitAll();
      lastRound = session.replayed().get() - before;
      boolean moved = !checkpoints.equals(session.checkpoints());
      if (!session.over() && !moved && !unreadable.containsAll(volumes(gaps))) {
        throw new BackpackException(
            ErrorCode.INDEX_UNAVAILABLE,
            "volume " + gaps.get(0).volume() + " is not replayed beyond " + gaps.get(0).from());
      }
    }
  }

  private void replay(List<Gap> gaps, boolean sorted) throws ClosedChannelException {
    if (!sorted) {
      for (Gap gap : gaps) {
        replay(gap, this::send);
      }
      return;
    }
    SortedReplay replay = new SortedReplay(applier, hash, session, calls, SortedReplay.CHUNK);
    for (Gap gap : gaps) {
      replay(gap, replay::add);
    }
    replay.flush();
  }

  /** A volume that the disk refuses to give does not keep the others from being served. */
  private void replay(Gap gap, Predicate<IndexBatch> taker) throws ClosedChannelException {
    try {
      log.replay(
          gap.volume(),
          gap.from(),
          new NeedleLog.Visitor() {
            @Override
            public boolean visit(IndexBatch batch) {
              return !session.over() && taker.test(batch);
            }

            @Override
            public void unknown(int volume, long from, long to) {
              LOG.error(
                  "nobody knows what volume {} held from {} to {}: of names that are not found this"
                      + " node does not say any more that there is no photo",
                  Integer.toUnsignedString(volume),
                  from,
                  to);
              markHole(volume);
            }
          });
    } catch (ClosedChannelException closing) {
      throw closing;
    } catch (IOException e) {
      LOG.error(
          "volume {} cannot be replayed, of names that are not found this node does not say any"
              + " more that there is no photo: {}",
          Integer.toUnsignedString(gap.volume()),
          e.getMessage());
      unreadable.add(gap.volume());
      markHole(gap.volume());
    }
  }

  private void markHole(int volume) {
    if (session.holes().add(volume)) {
      await(keyspace.markHole(link, session.epoch(), volume));
    }
  }

  private static Set<Integer> volumes(List<Gap> gaps) {
    return gaps.stream().map(Gap::volume).collect(Collectors.toSet());
  }

  /** What could not be read at an earlier start may be readable now. */
  private void tryHolesAgain() {
    Set<Integer> listed =
        log.extents().stream().map(NeedleLog.Extent::volume).collect(Collectors.toSet());
    List<Integer> holes = session.holes().stream().filter(volume -> known(volume, listed)).toList();
    if (!holes.isEmpty()) {
      forget(holes);
    }
  }

  private void forget(List<Integer> volumes) {
    await(keyspace.forget(link, session.epoch(), volumes));
    session.forgotten(volumes);
  }

  private void done(long start) {
    long replayed = session.replayed().get();
    if (replayed > 0) {
      long millis = Math.max(1, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - start));
      LOG.info(
          "the index has caught up: {} entries in {} ms, {} a second",
          replayed,
          millis,
          replayed * 1000 / millis);
    }
  }

  private List<Gap> gaps() {
    List<NeedleLog.Extent> extents = log.extents();
    applier.learn(extents);
    Map<Integer, NeedleLog.Extent> listed =
        extents.stream().collect(Collectors.toMap(NeedleLog.Extent::volume, Function.identity()));
    List<Integer> unfounded =
        session.checkpoints().entrySet().stream()
            .filter(mark -> beyond(mark.getValue(), listed.get(mark.getKey())))
            .map(Map.Entry::getKey)
            // Where all of a directory is gone, its marks tell that entries may point there.
            .filter(volume -> inListedDirectory(volume, listed.keySet()))
            .toList();
    if (!unfounded.isEmpty()) {
      LOG.warn(
          "the index knows more of the volumes {} than there is; they are replayed",
          unfounded.stream().map(Integer::toUnsignedString).toList());
      forget(unfounded);
    }
    List<Gap> gaps = new ArrayList<>();
    for (NeedleLog.Extent extent : extents) {
      long checkpoint = session.checkpoints().getOrDefault(extent.volume(), 0L);
      if (extent.end() > extent.start()
          && checkpoint < extent.end()
          && !unreadable.contains(extent.volume())) {
        gaps.add(new Gap(extent.volume(), checkpoint, extent.end()));
      }
    }
    return gaps;
  }

  /** A volume that is not listed may be in a directory that is refused, and come back with it. */
  private boolean known(int volume, Set<Integer> listed) {
    return log.complete() || inListedDirectory(volume, listed);
  }

  private static boolean inListedDirectory(int volume, Set<Integer> listed) {
    return listed.stream().anyMatch(each -> each >>> ORDINAL_SHIFT == volume >>> ORDINAL_SHIFT);
  }

  private static boolean beyond(long checkpoint, NeedleLog.Extent extent) {
    return extent == null || checkpoint > extent.end();
  }

  /**
   * Finds what is stale, and makes room for what comes.
   *
   * @return how many entries there are
   */
  private long scan(List<Gap> gaps) {
    long[] entries = {0};
    long[] names = {0};
    for (Gap gap : gaps) {
      try {
        log.replay(
            gap.volume(),
            gap.from(),
            batch -> {
              for (NeedleEntry entry : batch.entries()) {
                session.noteStale(entry, hash);
                names[0] += entry.supersedes() ? 0 : 1;
              }
              entries[0] += batch.entries().size();
              return !session.over();
            });
      } catch (IOException e) {
        LOG.warn("volume {} cannot be read: {}", gap.volume(), e.getMessage());
      }
    }
    session.toReplay(entries[0]);
    if (entries[0] > SHORT_ROUND) {
      LOG.info("the index lacks {} entries, catching up", entries[0]);
      if (session.shape().count() == 0) {
        session.shape(await(keyspace.makeRoom(link, session.epoch(), names[0])));
      }
    }
    return entries[0];
  }

  private boolean send(IndexBatch batch) {
    for (IndexBatch piece : BatchCodec.pieces(batch, SortedReplay.ENTRIES)) {
      if (session.over()) {
        return false;
      }
      calls.call(
          () -> applier.apply(session, piece, false),
          () -> session.replayed().addAndGet(piece.entries().size()));
    }
    return true;
  }

  private <T> T await(Future<T> future) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(patience.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException e) {
      throw Applier.unavailable(e.getCause());
    } catch (TimeoutException e) {
      throw Applier.unavailable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BackpackException(ErrorCode.INDEX_UNAVAILABLE, "interrupted", e);
    }
  }
}
