package io.backpack.coordinator;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Upload;
import io.backpack.api.Version;
import io.vertx.core.buffer.Buffer;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Uploads of a name under which a node has a photo that it cannot read. */
class DamagedNodeTest {
  private static final PhotoName CAT = PhotoName.of("cat.jpg");

  private final Harness harness = new Harness();

  @AfterEach
  void close() {
    harness.close();
  }

  private void shard(String... nodes) {
    harness.shard("1", nodes).start(Harness.settings(2, false));
    harness.first("a");
  }

  private FakeNode node(String id) {
    return harness.node(id);
  }

  private void damagedAtA(Version version) {
    node("a").putFailure =
        Optional.of(
            new BackpackException(ErrorCode.MISSING, "it waits for repair from a peer", version));
  }

  private PhotoInfo storedAtB(String text) {
    PutOptions options = PutOptions.DEFAULT.withVersion(harness.clock.next());
    Upload upload = Upload.of(Buffer.buffer(text));
    return await(node("b").disk.put(PhotoAddress.of(CAT), options, upload)).info();
  }

  @Test
  void theNodeIsReplacedForThisUploadAndNotTakenForFailing() {
    shard("a", "b", "c");
    damagedAtA(harness.clock.next());
    await(harness.put("cat.jpg", "meow"));
    assertTrue(node("b").stored(CAT).isPresent());
    assertTrue(node("c").stored(CAT).isPresent());
    assertEquals(Set.of("a"), harness.queue.targets(false));
    assertNull(harness.coordinator().stats().failuresByNode().get("a"));

    node("a").putFailure = Optional.empty();
    await(harness.put("dog.jpg", "woof"));
    assertTrue(node("a").stored(PhotoName.of("dog.jpg")).isPresent(), "it is asked first still");
  }

  @Test
  void whatAnotherNodeHasWholeIsUnchangedAndTheDamagedOneGetsATask() {
    shard("a", "b");
    PhotoInfo whole = storedAtB("meow");
    damagedAtA(whole.version());
    StoredPhoto stored = await(harness.put("cat.jpg", "meow"));
    assertTrue(stored.unchanged());
    assertEquals(whole.version(), stored.info().version());
    assertEquals(1, node("b").puts.get());
    assertEquals(Set.of("a"), harness.queue.targets(false));
  }

  @Test
  void anOlderPhotoIsNotPutAboveALaterDamagedOne() {
    shard("a", "b");
    PhotoInfo older = storedAtB("meow");
    damagedAtA(harness.clock.next());
    awaitFailure(ErrorCode.UNAVAILABLE, harness.put("cat.jpg", "meow"));
    assertEquals(older, node("b").stored(CAT).orElseThrow());
    assertTrue(harness.queue.tasks.isEmpty());
  }

  @Test
  void anUploadIsStampedAboveWhatIsDamaged() {
    shard("a", "b");
    Version ahead = new Version(harness.clock.next().bits() + (60_000L << 22));
    damagedAtA(ahead);
    StoredPhoto stored = await(harness.put("cat.jpg", "meow"));
    assertTrue(stored.info().version().isAfter(ahead));
    assertEquals(stored.info().version(), node("b").stored(CAT).orElseThrow().version());
  }
}
