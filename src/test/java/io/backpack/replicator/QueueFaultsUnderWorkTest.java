package io.backpack.replicator;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.backpack.testing.TestRedis;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Redis;
import io.vertx.redis.client.Request;
import java.time.Duration;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One of two queue servers fails while coordinators push to it and replicators work on it. */
class QueueFaultsUnderWorkTest extends ReplicatorTestBase {
  private enum Fault {
    KILLED,
    HUNG,
    READ_ONLY,
    WITHOUT_MEMORY
  }

  private void command(TestRedis server, String... words) {
    Redis client = Redis.createClient(vertx, server.uri());
    Request request = Request.cmd(Command.create(words[0]));
    for (int i = 1; i < words.length; i++) {
      request.arg(words[i]);
    }
    await(client.send(request));
    await(client.close());
  }

  private void begin(Fault fault) {
    TestRedis server = servers.get(0);
    switch (fault) {
      case KILLED -> server.kill();
      case HUNG -> server.freeze();
      case READ_ONLY ->
          command(server, "replicaof", "127.0.0.1", Integer.toString(TestRedis.freePort()));
      default -> command(server, "config", "set", "maxmemory", "1");
    }
  }

  private void end(Fault fault) {
    TestRedis server = servers.get(0);
    switch (fault) {
      case KILLED -> server.start();
      case HUNG -> server.thaw();
      case READ_ONLY -> command(server, "replicaof", "no", "one");
      default -> command(server, "config", "set", "maxmemory", "0");
    }
  }

  @ParameterizedTest
  @EnumSource(Fault.class)
  void nothingThatWasPushedIsLost(Fault fault) {
    // Some wait on the server that fails, some are leased from it.
    GatedStore slow = new GatedStore(nodes.get("2"));
    replicator(
        settings("a", 1000, Duration.ofSeconds(1)), id -> id.equals("2") ? slow : nodes.get(id));
    putAndPush("before", 20, "2");
    Awaitility.await().until(() -> slow.waiting() == 4);
    begin(fault);
    slow.open();
    putAndPush("meanwhile", 20, "2");
    Awaitility.await().until(() -> hasAll("2", "meanwhile", 20));
    end(fault);
    putAndPush("after", 20, "2");
    Awaitility.await()
        .until(
            () ->
                hasAll("2", "before", 20)
                    && hasAll("2", "after", 20)
                    && await(queue.status()).servers().stream().allMatch(s -> s.takesTasks())
                    && await(queue.status()).total() == 0);
    assertEquals(List.of(), letters());
    assertEquals(List.of(), await(queue.status()).marks());
  }
}
