package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.MemoryBudget;
import io.vertx.core.Future;
import java.time.Duration;

/** What one upload holds of the memory for uploads. Only the lane touches it. */
final class UploadMemory {
  /** Enough for the chunks between the client and the nodes once the body flows. */
  private static final int IN_FLIGHT = 128 << 10;

  private final MemoryBudget budget;
  private final Lane lane;
  private final Duration patience;
  private final long wanted;
  private long held;

  /**
   * @param announced bytes of the body, or -1
   */
  UploadMemory(MemoryBudget budget, Lane lane, CoordinatorSettings settings, long announced) {
    this.budget = budget;
    this.lane = lane;
    this.patience = settings.requestTimeout();
    long most = Math.min(settings.retain(), settings.uploadMemory());
    this.wanted = announced < 0 ? most : Math.min(announced, most);
  }

  /** Waits in line, for a limited time and only while the client does. */
  Future<Void> reserve(UploadBody body) {
    Future<Void> reservation = budget.reserve(wanted);
    if (reservation.isComplete()) {
      return lane.bring(reservation.onSuccess(granted -> held = wanted));
    }
    BackpackException overloaded =
        new BackpackException(
            ErrorCode.OVERLOADED, "no memory for the upload became free, try again later");
    long timer = lane.after(patience, () -> budget.abandon(reservation, overloaded));
    body.broken().onFailure(cause -> budget.abandon(reservation, cause));
    return lane.bring(reservation)
        .andThen(
            granted -> {
              lane.cancel(timer);
              if (granted.succeeded()) {
                held = wanted;
              }
            });
  }

  /** Bytes that are held. */
  int held() {
    return (int) Math.max(1, held);
  }

  /** Gives back what is not needed once the beginning of the body is let go. */
  void shrink() {
    giveBackTo(Math.min(held, IN_FLIGHT));
  }

  void release() {
    giveBackTo(0);
  }

  private void giveBackTo(long left) {
    long returned = held - left;
    held = left;
    if (returned > 0) {
      budget.release(returned);
    }
  }
}
