package io.backpack.volume;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Which needles share a batch. */
@Timeout(60)
class AppendQueueTest {
  private static final long LONG = TimeUnit.HOURS.toNanos(1);

  private final AtomicInteger coming = new AtomicInteger();
  private final AppendQueue queue = new AppendQueue(coming::get, 3, 1 << 20);

  private void add(int number) {
    Version version = new Version(number);
    assertTrue(
        queue.add(
            new PendingAppend(
                Needle.tombstone(PhotoName.of("photo-" + number), version, false, false))));
  }

  private int gathered(long nanos) throws InterruptedException {
    assertTrue(queue.awaitWork());
    queue.gather(nanos);
    List<PendingAppend> batch = new ArrayList<>();
    queue.take(batch, 3, 1 << 20);
    return batch.size();
  }

  /** A writer that waits for more, surely: what it is then given it can have only by waiting. */
  private CompletableFuture<Integer> gathering() {
    CompletableFuture<Integer> batch = new CompletableFuture<>();
    Thread writer =
        new Thread(
            () -> {
              try {
                batch.complete(gathered(LONG));
              } catch (InterruptedException e) {
                batch.completeExceptionally(e);
              }
            });
    writer.setDaemon(true);
    writer.start();
    await().until(() -> writer.getState() == Thread.State.TIMED_WAITING);
    return batch;
  }

  @Test
  void whoIsAloneDoesNotWait() throws InterruptedException {
    add(1);
    assertEquals(1, gathered(LONG));
  }

  @Test
  void whatIsOnItsWaySharesTheBatch() {
    coming.set(1);
    add(1);
    CompletableFuture<Integer> batch = gathering();
    coming.set(0);
    add(2);
    assertEquals(2, batch.join());
  }

  @Test
  void aFullBatchWaitsForNoMore() {
    coming.set(1);
    add(1);
    CompletableFuture<Integer> batch = gathering();
    add(2);
    add(3);
    assertEquals(3, batch.join());
  }

  @Test
  void whatDoesNotComeIsNotWaitedForForEver() throws InterruptedException {
    coming.set(1);
    add(1);
    assertEquals(1, gathered(1));
  }

  @Test
  void aStopAndARollAreNotKeptWaiting() {
    coming.set(1);
    add(1);
    CompletableFuture<Integer> rolled = gathering();
    queue.addRoll(new CompletableFuture<>());
    assertEquals(1, rolled.join());
    queue.takeRolls();
    add(2);
    CompletableFuture<Integer> last = gathering();
    queue.close();
    assertEquals(1, last.join());
  }
}
