package io.backpack.cli.replicate;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.backpack.cli.CliException;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.backpack.queue.CopyTask;
import io.backpack.testing.InMemoryPhotoStore;
import io.vertx.core.buffer.Buffer;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TaskFinderTest {
  private static final PhotoAddress CAT = new PhotoAddress("1", PhotoName.of("cat.jpg"));
  private static final Version OLD = Version.parse("0000000000000010");
  private static final Version NEW = Version.parse("0000000000000020");

  private final Map<String, InMemoryPhotoStore> nodes =
      Map.of(
          "a", new InMemoryPhotoStore(1, 100),
          "b", new InMemoryPhotoStore(2, 100),
          "c", new InMemoryPhotoStore(3, 100));
  private final TaskFinder finder =
      new TaskFinder(
          new ClusterMap(
              Map.of(
                  "a", new Server("a", "h", 1),
                  "b", new Server("b", "h", 2),
                  "c", new Server("c", "h", 3)),
              Map.of("1", new Shard("1", List.of("a", "b", "c"), false)),
              Map.of(),
              QueueSettings.NONE),
          server -> nodes.get(server.id()));

  private void put(String node, Version version) {
    PhotoAddress address = PhotoAddress.of(CAT.name());
    await(
        nodes
            .get(node)
            .put(
                address,
                PutOptions.DEFAULT.asReplica(version),
                Upload.of(Buffer.buffer(version.hex()))));
  }

  private void delete(String node, Version version) {
    await(nodes.get(node).delete(PhotoAddress.of(CAT.name()), DeleteOptions.at(version)));
  }

  @Test
  void theLatestVersionOfTheOthersIsTaken() {
    put("a", OLD);
    put("b", NEW);
    assertEquals(
        new CopyTask(CAT.name(), NEW, false, List.of("a", "b"), "c"),
        await(finder.find(CAT, "c", List.of())));
    assertEquals(
        new CopyTask(CAT.name(), OLD, false, List.of("a"), "c"),
        await(finder.find(CAT, "c", List.of("a"))));
  }

  @Test
  void aLaterDeleteIsCopiedInstead() {
    put("a", OLD);
    delete("b", NEW);
    assertEquals(
        new CopyTask(CAT.name(), NEW, true, List.of("a", "b"), "c"),
        await(finder.find(CAT, "c", List.of())));
  }

  @Test
  void aNodeThatIsAwayDoesNotMatterIfAnotherHasIt() {
    nodes.get("a").fail(new BackpackException(ErrorCode.UNAVAILABLE, "refused"));
    awaitFailure(ErrorCode.UNAVAILABLE, finder.find(CAT, "c", List.of()));
    put("b", NEW);
    assertEquals(NEW, await(finder.find(CAT, "c", List.of())).version());
  }

  @Test
  void whatDoesNotFitIsRefused() {
    awaitFailure(ErrorCode.NOT_FOUND, finder.find(CAT, "c", List.of()));
    awaitFailure(ErrorCode.BAD_REQUEST, finder.find(CAT, "x", List.of()));
    awaitFailure(ErrorCode.BAD_REQUEST, finder.find(CAT, "c", List.of("x")));
    awaitFailure(ErrorCode.BAD_REQUEST, finder.find(CAT, "c", List.of("c")));
    awaitFailure(
        ErrorCode.UNKNOWN_SHARD, finder.find(new PhotoAddress("2", CAT.name()), "c", List.of()));
  }

  @Test
  void thePhotoIsNamedPlainlyOrAsAPath() {
    assertEquals(
        new PhotoAddress("1", PhotoName.of("a%20b:c.jpg")), PushCommand.parse("1:a%20b:c.jpg"));
    assertEquals(new PhotoAddress("1", PhotoName.of("a b.jpg")), PushCommand.parse("/1:a%20b.jpg"));
    assertThrows(CliException.class, () -> PushCommand.parse("cat.jpg"));
  }
}
