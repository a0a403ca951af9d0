package io.backpack.bus;

import static io.backpack.testing.Futures.await;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.testing.InMemoryPhotoStore;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.JsonObject;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What travels between two members of the bus over real sockets. */
class ClusteredBusTest {
  private static BusCluster cluster;
  private static Vertx here;
  private static Vertx there;

  @BeforeAll
  static void start() throws Exception {
    cluster = new BusCluster();
    here = cluster.join();
    there = cluster.join();
  }

  @AfterAll
  static void stop() throws Exception {
    cluster.close();
  }

  @Test
  void aPhotoOfTheLargestSizeTravelsBothWays() {
    InMemoryPhotoStore store = new InMemoryPhotoStore(1, 4L << 20);
    PhotoBusService service =
        await(PhotoBusService.register(there, store, PhotoBusService.Settings.of("")));
    byte[] bytes = new byte[BusSettings.DEFAULT_MAX_PHOTO_SIZE];
    new Random(1).nextBytes(bytes);
    PhotoAddress address = new PhotoAddress("1", PhotoName.of("größe.png"));
    BackpackClient client = BackpackClient.overBus(here, ClientOptions.DEFAULT);
    // The news of a consumer takes a moment to the other members.
    await()
        .until(
            () ->
                awaitAny(client.stat(address, Trace.NONE)) instanceof BackpackException failure
                    && failure.code() == ErrorCode.NOT_FOUND);
    StoredPhoto stored =
        await(client.put(address, PutOptions.DEFAULT, Upload.of(Buffer.buffer(bytes))));
    Photo photo = await(client.get(address, GetOptions.DEFAULT));
    assertEquals(stored.info(), photo.info());
    assertEquals(Buffer.buffer(bytes), await(photo.bytes()));
    await(service.close());
  }

  private static Throwable awaitAny(Future<?> future) {
    await().until(future::isComplete);
    return future.cause();
  }

  @Test
  void announcementsComeAndGo() {
    List<String> transitions = new CopyOnWriteArrayList<>();
    NodeDirectory directory =
        await(
            NodeDirectory.start(
                here,
                new NodeDirectory.Listener() {
                  @Override
                  public void nodeUp(NodeSighting sighting) {
                    transitions.add("up " + sighting.nodeId());
                  }

                  @Override
                  public void nodeDown(NodeSighting last) {
                    transitions.add("down " + last.nodeId());
                  }
                }));
    NodeSighting sighting = new NodeSighting("n1", "http://10.0.0.1:8081", 1L << 40, "ready");
    NodeAnnouncer announcer = NodeAnnouncer.start(there, () -> sighting, () -> 3, () -> 2);
    await().until(() -> directory.recent("n1").equals(Optional.of(sighting)));
    assertEquals(Optional.empty(), directory.recent("n2"));
    await().during(Duration.ofSeconds(2)).until(() -> directory.recent("n1").isPresent());
    announcer.close();
    await().until(() -> directory.recent("n1").isEmpty());
    await().until(() -> transitions.equals(List.of("up n1", "down n1")));
    await(directory.close());
  }

  @Test
  void eventsReachListenersOnOtherMembers() {
    List<JsonObject> heard = new CopyOnWriteArrayList<>();
    await(
        here.eventBus()
            .<JsonObject>consumer("backpack.events", message -> heard.add(message.body()))
            .completion());
    EventPublisher publisher = new EventPublisher(there);
    BusEvent event =
        BusEvent.deleted(
            new PhotoAddress("1", PhotoName.of("a b")), Version.parse("00000000000000aa"), "c1");
    await()
        .until(
            () -> {
              publisher.publish(event);
              return !heard.isEmpty();
            });
    assertEquals(event, BusEvent.of(heard.get(0)));
    assertEquals("deleted", heard.get(0).getString("type"));
    assertEquals("/1:a%20b", heard.get(0).getString("path"));
    assertTrue(!heard.get(0).containsKey("size"), "what does not apply is left out");
    assertEquals(0, publisher.dropped());
  }
}
