package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Upload;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.streams.ReadStream;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/**
 * The body of one upload. Its beginning is retained; when that is all of it, it can be sent
 * anywhere, any number of times. A longer one can be sent again until the first byte beyond the
 * beginning is asked of the client: from then on it flows, at the pace of the slowest node, to
 * those that read it at that moment, and the beginning is let go.
 *
 * <p>Only the lane touches it.
 */
final class UploadBody {
  private static final int FIRST_GUESS = 16 << 10;

  private final Lane lane;
  private final LongSupplier nanos;
  private final ReadStream<Buffer> source;
  private final long announced;
  private final int retain;
  private final long maxSize;
  private final Promise<Void> filled = Promise.promise();
  private final Promise<Void> broken = Promise.promise();
  private final List<BodyBranch> branches = new ArrayList<>();
  private Buffer beginning;
  private long received;
  private boolean ended;
  private boolean flowing;
  private boolean asked;
  private boolean held = true;
  private BackpackException failure;
  private Runnable onFlowing = () -> {};

  /**
   * Takes over the stream, which stays paused.
   *
   * @param retain bytes to retain; the last chunk that falls into them is kept whole
   * @param maxSize bytes; a longer body fails with {@link ErrorCode#TOO_LARGE}
   */
  UploadBody(Lane lane, LongSupplier nanos, Upload upload, int retain, long maxSize) {
    this.lane = lane;
    this.nanos = nanos;
    this.source = upload.stream();
    this.announced = upload.length();
    this.retain = retain;
    this.maxSize = maxSize;
    source.exceptionHandler(cause -> lane.run(() -> fail(BackpackException.of(cause))));
    source.endHandler(end -> lane.run(this::sourceEnded));
    source.handler(chunk -> lane.run(() -> receive(chunk)));
  }

  /** Reads the beginning: up to the end, or as much as is retained. */
  Future<Void> fill() {
    if (failure == null && !ended) {
      source.resume();
    }
    return filled.future();
  }

  /** Fails when the body does: the client went away or broke a rule. Never succeeds. */
  Future<Void> broken() {
    return broken.future();
  }

  /** What went wrong with the body itself, or null. */
  BackpackException failure() {
    return failure;
  }

  /** Whether all bytes are retained. */
  boolean complete() {
    return ended && !flowing;
  }

  /** Whether it can still be sent from the first byte. */
  boolean reusable() {
    return failure == null && !flowing;
  }

  /** Bytes read so far; all of them once a node has stored it. */
  long size() {
    return received;
  }

  /** Called once, when the retained beginning is let go. */
  void onFlowing(Runnable action) {
    onFlowing = action;
  }

  /** All of a complete body. */
  Upload whole() {
    return Upload.of(beginning);
  }

  /** One more reader, from the first byte; only while {@link #reusable()}. */
  BodyBranch branch() {
    BodyBranch branch = new BodyBranch(lane, nanos, this::pump);
    branch.push(beginning);
    branches.add(branch);
    return branch;
  }

  Upload upload(BodyBranch branch) {
    return new Upload(announced, branch);
  }

  /** Waits for this reader no longer. */
  void drop(BodyBranch branch) {
    branches.remove(branch);
  }

  /** Asks the client for nothing beyond the beginning until {@link #flow}: readers are added. */
  void hold() {
    held = true;
  }

  /** The readers that shall have the body are all there. */
  void flow() {
    held = false;
    pump();
  }

  /** Asks the client for more when every reader has taken all there is. */
  private void pump() {
    if (failure != null || ended || held || asked || !filled.future().isComplete()) {
      return;
    }
    if (branches.isEmpty() || !branches.stream().allMatch(BodyBranch::hungry)) {
      return;
    }
    asked = true;
    if (!flowing) {
      flowing = true;
      beginning = null;
      onFlowing.run();
    }
    source.fetch(1);
  }

  /** Ends a body that nobody needs any more. */
  void abort(BackpackException why) {
    fail(why);
  }

  private void receive(Buffer chunk) {
    if (failure != null) {
      return;
    }
    received += chunk.length();
    if (received > maxSize) {
      fail(
          new BackpackException(
              ErrorCode.TOO_LARGE, "the photo is larger than " + maxSize + " bytes"));
      return;
    }
    if (flowing) {
      asked = false;
      List.copyOf(branches).forEach(branch -> branch.push(chunk));
      pump();
      return;
    }
    retain(chunk);
    if (received >= retain && received != announced) {
      source.pause();
      filled.tryComplete();
    }
  }

  private void retain(Buffer chunk) {
    if (beginning == null && (chunk.length() == announced || chunk.length() >= retain)) {
      beginning = chunk;
      return;
    }
    if (beginning == null) {
      long guess = announced < 0 ? Math.max(FIRST_GUESS, chunk.length()) : announced;
      beginning = Buffer.buffer((int) Math.min(guess, retain));
    }
    beginning.appendBuffer(chunk);
  }

  private void sourceEnded() {
    if (failure != null || ended) {
      return;
    }
    if (announced >= 0 && received != announced) {
      fail(
          new BackpackException(
              ErrorCode.INCOMPLETE_BODY,
              "the body has " + received + " bytes, " + announced + " were announced"));
      return;
    }
    ended = true;
    filled.tryComplete();
    List.copyOf(branches).forEach(BodyBranch::end);
  }

  private void fail(BackpackException why) {
    if (failure != null || ended) {
      return;
    }
    failure = why;
    beginning = null;
    List.copyOf(branches).forEach(branch -> branch.fail(why));
    filled.tryFail(why);
    broken.tryFail(why);
  }
}
