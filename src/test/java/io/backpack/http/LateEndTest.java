package io.backpack.http;

import static io.backpack.testing.Futures.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Upload;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.TestStream;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import org.junit.jupiter.api.Test;

/** A server that has all announced bytes answers, whether or not the source has told its end. */
class LateEndTest {
  private static final int LATE_MILLIS = 200;

  @Test
  void anUploadWhoseSourceEndsAfterTheAnswerSucceeds() {
    try (HttpTestServer server =
        HttpTestServer.node(HttpSettings.DEFAULT, new InMemoryPhotoStore(1, 1000))) {
      HttpPhotoStore client =
          HttpPhotoStore.create(
              server.vertx, "http://127.0.0.1:" + server.port, HttpStoreSettings.DEFAULT);
      for (int i = 0; i < 3; i++) {
        StoredPhoto stored =
            await(
                client.put(
                    PhotoAddress.of(PhotoName.of("late" + i)),
                    PutOptions.DEFAULT,
                    new Upload(5, lateEnd(server.vertx))));
        assertFalse(stored.unchanged());
        assertEquals(5, stored.info().size());
      }
    }
  }

  /** Five bytes, and the end a while later, as a file that has to be read once more for it. */
  private static TestStream lateEnd(Vertx vertx) {
    return TestStream.onDemand(
        stream -> {
          stream.emit(Buffer.buffer("bytes"));
          vertx.setTimer(LATE_MILLIS, id -> stream.end());
        });
  }
}
