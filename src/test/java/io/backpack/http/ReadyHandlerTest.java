package io.backpack.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.metrics.Metrics;
import io.backpack.testing.InMemoryPhotoStore;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.Vertx;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Who may read from a connection on the short way: only when both it and Vert.x want to. */
class ReadyHandlerTest {
  private static final int BIT = 1;
  private static final String UPLOAD =
      "PUT /new HTTP/1.1\r\nHost: t\r\nContent-Length: 4\r\n\r\nabcd";
  private static final String GET = "GET /p HTTP/1.1\r\nHost: t\r\n\r\n";

  private final Vertx vertx = Vertx.vertx();
  private final Behind behind = new Behind();
  private EmbeddedChannel channel;

  /** Stands where Vert.x does, and stops reading as it does: when it has been given too much. */
  private static final class Behind extends ChannelInboundHandlerAdapter {
    private int requests;
    private boolean full;
    private boolean stops;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (message instanceof HttpRequest) {
        requests++;
        if (full) {
          writable(ctx.channel(), false); // By an answer that the client does not take.
        }
      }
      ReferenceCountUtil.release(message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (stops) {
        stops = false;
        ctx.channel().config().setAutoRead(false);
      }
    }
  }

  private static void writable(Channel channel, boolean is) {
    channel.unsafe().outboundBuffer().setUserDefinedWritability(BIT, is);
  }

  @BeforeEach
  void connect() {
    Edge edge =
        new Edge(
            vertx,
            PhotoServer.Kind.NODE,
            HttpSettings.DEFAULT,
            new InMemoryPhotoStore(1, 1 << 20),
            new FixedStatus(),
            Metrics.create("storage", "1"),
            new Cors(List.of()));
    channel = new EmbeddedChannel();
    channel.pipeline().addLast("httpDecoder", new HttpRequestDecoder());
    channel
        .pipeline()
        .addLast(new ReadyHandler(new ReadyRoute(edge, ReadyPhotos.NONE)))
        .addLast(behind);
  }

  @AfterEach
  void close() {
    channel.finishAndReleaseAll();
    vertx.close();
  }

  private void receive(String text) {
    channel.writeInbound(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII));
  }

  private void clientTakes(boolean all) {
    writable(channel, all);
    channel.runPendingTasks();
  }

  @Test
  void whatIsHeldStopsItAndItGoesOnWhenNothingIs() {
    clientTakes(false);
    receive(UPLOAD + GET);
    assertEquals(0, behind.requests);
    assertFalse(channel.config().isAutoRead());
    clientTakes(true);
    assertEquals(2, behind.requests);
    assertTrue(channel.config().isAutoRead());
  }

  @Test
  void itDoesNotGoOnWhenVertxHasStoppedMeanwhile() {
    clientTakes(false);
    receive(UPLOAD + GET);
    behind.full = true;
    behind.stops = true;
    clientTakes(true);
    assertEquals(1, behind.requests, "the second is held still");
    behind.full = false;
    clientTakes(true);
    assertEquals(2, behind.requests);
    assertFalse(channel.config().isAutoRead(), "Vert.x has not said that it goes on");
    channel.config().setAutoRead(true);
    receive(GET);
    assertEquals(3, behind.requests);
    assertTrue(channel.config().isAutoRead());
  }
}
