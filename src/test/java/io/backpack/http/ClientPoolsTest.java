package io.backpack.http;

import static io.backpack.testing.Futures.await;
import static io.backpack.testing.Futures.awaitFailure;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Trace;
import io.backpack.api.Upload;
import io.backpack.testing.InMemoryPhotoStore;
import io.backpack.testing.TestStream;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** However many transfers hang at a node, what depends on nobody but the node goes on. */
class ClientPoolsTest {
  private static final int SIZE = 2;
  private static final int LARGE = 6 << 20;
  private static final HttpStoreSettings SETTINGS =
      new HttpStoreSettings(Duration.ofSeconds(1), Duration.ofSeconds(4), SIZE, 10, "");

  private final Vertx vertx = Vertx.vertx();
  private final HttpTestServer node =
      HttpTestServer.node(HttpSettings.DEFAULT, new InMemoryPhotoStore(1, 32 << 20));
  private final HttpPhotoStore store =
      HttpStoreFactory.of(vertx, SETTINGS, SIZE).store("http://127.0.0.1:" + node.port);

  @AfterEach
  void stop() {
    node.close();
    await(vertx.close());
  }

  private static PhotoAddress name(String name) {
    return PhotoAddress.of(PhotoName.of(name));
  }

  private static Upload bytes(int size) {
    return Upload.of(Buffer.buffer(new byte[size]));
  }

  private void callsWork() {
    for (int i = 0; i < 3 * SIZE; i++) {
      PhotoAddress small = name("small" + i);
      await(store.put(small, PutOptions.DEFAULT, bytes(1000)));
      assertEquals(1000, await(store.stat(small, Trace.NONE)).size());
      await(store.delete(small, DeleteOptions.DEFAULT));
    }
  }

  @Test
  void uploadsThatHangLeaveRoom() {
    await(store.put(name("there"), PutOptions.DEFAULT, bytes(1000)));
    List<TestStream> sources = new ArrayList<>();
    List<Future<StoredPhoto>> puts = new ArrayList<>();
    for (int i = 0; i < SIZE; i++) {
      TestStream source = new TestStream();
      sources.add(source);
      puts.add(store.put(name("slow" + i), PutOptions.DEFAULT, new Upload(8, source)));
    }
    Awaitility.await().until(() -> sources.stream().allMatch(TestStream::started));

    callsWork();
    assertEquals(1000, await(store.get(name("there"), GetOptions.DEFAULT)).info().size());
    TestStream third = new TestStream();
    awaitFailure(
        ErrorCode.OVERLOADED, store.put(name("3"), PutOptions.DEFAULT, new Upload(8, third)));
    assertFalse(third.started());

    vertx.runOnContext(
        go -> {
          for (TestStream source : sources) {
            source.emit(Buffer.buffer("slowness"));
            source.end();
          }
        });
    puts.forEach(put -> assertEquals(8, await(put).info().size()));
  }

  @Test
  void downloadsThatNobodyReadsLeaveRoom() {
    PhotoAddress large = name("large");
    await(store.put(large, PutOptions.DEFAULT, bytes(LARGE)));
    List<Photo> unread = new ArrayList<>();
    for (int i = 0; i < SIZE; i++) {
      unread.add(await(store.get(large, GetOptions.DEFAULT)));
    }

    callsWork();
    TestStream source = new TestStream();
    Future<StoredPhoto> put = store.put(name("8"), PutOptions.DEFAULT, new Upload(8, source));
    Awaitility.await().until(source::started);
    BackpackException failure =
        awaitFailure(ErrorCode.OVERLOADED, store.get(large, GetOptions.DEFAULT));
    assertTrue(failure.getMessage().contains("became free"), failure.getMessage());

    Future<Photo> next = store.get(large, GetOptions.DEFAULT);
    unread.forEach(Photo::discard);
    assertEquals(LARGE, await(next.compose(Photo::bytes)).length());
    vertx.runOnContext(
        go -> {
          source.emit(Buffer.buffer("in time."));
          source.end();
        });
    await(put);
  }

  /** Its answer would be counted as a fault of the node, and rightly so. */
  @Test
  void aServerThatCannotBeConnectedToIsNotAFullPool() throws IOException {
    HttpStoreSettings quick =
        new HttpStoreSettings(Duration.ofMillis(300), Duration.ofMillis(400), SIZE, 10, "");
    List<SocketChannel> crowd = new ArrayList<>();
    try (ServerSocket deaf = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      // Nobody accepts: when the backlog is full, the handshake of who comes next gets no answer.
      for (int i = 0; i < 4; i++) {
        SocketChannel one = SocketChannel.open();
        crowd.add(one);
        one.configureBlocking(false);
        one.connect(new InetSocketAddress(deaf.getInetAddress(), deaf.getLocalPort()));
      }
      HttpPhotoStore unreached =
          HttpPhotoStore.create(vertx, "http://127.0.0.1:" + deaf.getLocalPort(), quick);
      BackpackException failure =
          awaitFailure(ErrorCode.UNAVAILABLE, unreached.stat(name("x"), Trace.NONE));
      assertInstanceOf(ConnectException.class, failure.getCause());
    } finally {
      for (SocketChannel one : crowd) {
        one.close();
      }
    }
  }
}
