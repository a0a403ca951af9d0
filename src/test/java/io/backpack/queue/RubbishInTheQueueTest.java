package io.backpack.queue;

import static io.backpack.queue.QueueFixture.names;
import static io.backpack.queue.QueueFixture.sum;
import static io.backpack.queue.QueueFixture.take;
import static io.backpack.queue.QueueFixture.task;
import static io.backpack.queue.RedisCopyQueueTest.redisCli;
import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.queue.QueueStatus.DeadLetter;
import io.backpack.testing.TestRedis;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stands in the queue and is no task: it is kept for people, and holds nothing up. */
class RubbishInTheQueueTest {
  private static final String TASKS = QueueFixture.KEY + ":{7}:tasks";
  private static final String LATER = QueueFixture.KEY + ":{7}:later";
  private static final String DEAD = QueueFixture.KEY + ":dead";

  @TempDir Path directory;
  private QueueFixture fixture;
  private RedisCopyQueue queue;
  private TestRedis server;

  @BeforeEach
  void start() {
    fixture = new QueueFixture(directory, 1);
    queue = fixture.queue();
    server = fixture.servers.get(0);
  }

  @AfterEach
  void stop() {
    fixture.close();
  }

  private List<DeadLetter> letters() {
    return await(queue.status()).servers().get(0).letters();
  }

  /** Until everything that is no task was buried; what is one is taken once. */
  private Set<String> takeUntil(int letters) {
    CopyQueueConsumer consumer = queue.consumer("a", Duration.ofSeconds(60));
    Set<String> names = names(take(consumer, "7", 100));
    Awaitility.await()
        .until(
            () -> {
              names.addAll(names(take(consumer, "7", 100)));
              return letters().size() == letters;
            });
    return names;
  }

  @Test
  void entriesOfTheStream() {
    String good = TaskCodec.encode(task("good", "7"));
    List<List<String>> entries =
        List.of(
            List.of("task", "rubbish"),
            List.of("no", "task"),
            List.of("task", ""),
            List.of("task", good, "attempts", "many"),
            List.of("task", good, "first", "yesterday"),
            List.of("task", good, "tries", "99999999999"),
            List.of("task", TaskCodec.encode(task("another's", "8"))),
            List.of("task", "\u0000\u0001\ufffd"));
    for (List<String> fields : entries) {
      String[] command = new String[3 + fields.size()];
      command[0] = "xadd";
      command[1] = TASKS;
      command[2] = "*";
      for (int i = 0; i < fields.size(); i++) {
        command[3 + i] = fields.get(i);
      }
      redisCli(server, command);
    }
    await(queue.push(task("good", "7")));
    assertEquals(Set.of("good"), takeUntil(entries.size()));
    letters().forEach(letter -> assertTrue(!letter.reason().isBlank(), letter.toString()));
    assertEquals(1, sum(queue, "7").total());
    // Requeued as they are, they come back.
    assertEquals(entries.size(), await(queue.requeueAll()));
    takeUntil(entries.size() - 3);
  }

  @Test
  void membersOfTheRetries() {
    String good = TaskCodec.encode(task("good", "7"));
    redisCli(server, "zadd", LATER, "1", "rubbish");
    redisCli(server, "zadd", LATER, "1", "1-1 many 0 " + good);
    redisCli(server, "zadd", LATER, "1", "1-1 0 0 " + good);
    assertEquals(Set.of("good"), takeUntil(2));
    assertTrue(letters().stream().anyMatch(letter -> letter.task().equals("rubbish")));
  }

  @Test
  void deadLettersThatSayNoTarget() {
    redisCli(server, "xadd", DEAD, "*", "some", "field");
    CopyQueueConsumer consumer = queue.consumer("a", Duration.ofSeconds(60));
    for (int i = 0; i < 450; i++) {
      await(queue.push(task("p" + i, "7")));
    }
    for (LeasedTask task : take(consumer, "7", 450)) {
      await(consumer.bury(task, "reason"));
    }
    redisCli(server, "xadd", DEAD, "*", "task", "of nobody");
    assertEquals(450, await(queue.requeueAll()));
    assertEquals(2, letters().size());
    assertEquals(450, take(consumer, "7", 1000).size());
  }
}
