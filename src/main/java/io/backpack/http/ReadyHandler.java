package io.backpack.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelConfig;
import io.netty.channel.ChannelDuplexHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpStatusClass;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.timeout.IdleStateHandler;
import io.netty.util.ReferenceCountUtil;
import io.vertx.core.http.HttpConnection;
import io.vertx.core.net.impl.ShutdownEvent;
import io.vertx.core.net.impl.VertxConnection;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Consumer;

/**
 * One connection on the short way: sits before the handler of Vert.x, lets the {@link ReadyRoute}
 * answer what it can and passes all else on, in the order in which it came.
 *
 * <p>Answers keep the order of the requests: while one is with Vert.x, those behind it go there as
 * well. A client that asks and does not read is not read from either: as long as the connection
 * takes no more, further requests are held here, and nothing is read beyond those that had arrived.
 * So it is while a photo is on its way from the disk; when it does not come, or something happens
 * to the connection meanwhile, Vert.x gets the request as if it had just arrived.
 */
final class ReadyHandler extends ChannelDuplexHandler {
  private static final String DECODER = "httpDecoder";

  private final ReadyRoute route;
  private final Deque<Object> held = new ArrayDeque<>();

  /** Before the encoder: what is written here is on the wire as it is. */
  private ChannelHandlerContext out;

  private IdleStateHandler idle;

  /** The request whose photo is on its way. */
  private Coming waiting;

  /** Requests that Vert.x was given and has not answered yet. */
  private int passed;

  /** The end of a request that was answered here is still to come. */
  private boolean swallowing;

  /** Something was written and not flushed. */
  private boolean dirty;

  /** The connection ends with what Vert.x has, or becomes something else. */
  private boolean over;

  /** Reading was stopped here. */
  private boolean stopped;

  ReadyHandler(ReadyRoute route) {
    this.route = route;
  }

  /** Puts one in front of Vert.x, on a connection that has just been accepted. */
  static void install(HttpConnection connection, ReadyRoute route) {
    if (!(connection instanceof VertxConnection plain)) {
      return;
    }
    ChannelPipeline pipeline = plain.channelHandlerContext().pipeline();
    if (pipeline.context(DECODER) != null) {
      String vertx = plain.channelHandlerContext().name();
      pipeline.addBefore(vertx, "readyPhotos", new ReadyHandler(route));
    }
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    out = ctx.pipeline().context(DECODER);
    idle = ctx.pipeline().get(IdleStateHandler.class);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (held.isEmpty() && mayTake(message)) {
      take(ctx, message);
    } else {
      held.add(message);
    }
  }

  /** Whether there is room for the answer to what is, or may be, a request. */
  private boolean mayTake(Object message) {
    if (waiting != null) {
      return false;
    }
    if (!(message instanceof HttpRequest) || over || out.channel().isWritable()) {
      return true;
    }
    flush();
    return out.channel().isWritable() || !out.channel().isActive();
  }

  private void take(ChannelHandlerContext ctx, Object message) {
    if (message instanceof HttpRequest request) {
      ReadyRequest asked = over || passed > 0 ? null : route.read(request);
      if (asked == null) {
        pass(ctx, request);
      } else if (route.answer(asked, out)) {
        answered(request);
      } else {
        Coming coming = new Coming(ctx, request, asked);
        if (route.fetch(asked, coming)) {
          waiting = coming;
        } else {
          pass(ctx, request);
        }
      }
      return;
    }
    if (swallowing) {
      swallowing = !(message instanceof LastHttpContent);
      ReferenceCountUtil.release(message);
      return;
    }
    ctx.fireChannelRead(message);
  }

  private void answered(HttpRequest request) {
    swallowing = true;
    dirty = true;
    ReferenceCountUtil.release(request);
  }

  private void pass(ChannelHandlerContext ctx, HttpRequest request) {
    passed++;
    over |= !request.decoderResult().isSuccess() || !HttpUtil.isKeepAlive(request);
    ctx.fireChannelRead(request);
  }

  /** A request whose photo is on its way, and the photo when it has come. */
  private final class Coming implements Consumer<ReadyPhoto>, Runnable {
    private final ChannelHandlerContext ctx;
    private final HttpRequest request;
    private final ReadyRequest asked;
    private ReadyPhoto photo;

    Coming(ChannelHandlerContext ctx, HttpRequest request, ReadyRequest asked) {
      this.ctx = ctx;
      this.request = request;
      this.asked = asked;
    }

    /** On the thread that has read it. */
    @Override
    public void accept(ReadyPhoto found) {
      photo = found;
      try {
        ctx.executor().execute(this);
      } catch (RejectedExecutionException stopped) {
        release();
      }
    }

    /** On the event loop. */
    @Override
    public void run() {
      if (waiting != this) {
        release();
        return;
      }
      waiting = null;
      boolean written;
      try {
        written = photo != null && route.answer(asked, photo, out);
      } finally {
        release();
      }
      if (written) {
        answered(request);
      } else {
        pass(ctx, request);
      }
      ReadyHandler.this.release(ctx);
    }

    private void release() {
      if (photo != null) {
        photo.release();
      }
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    readComplete(ctx);
  }

  private void readComplete(ChannelHandlerContext ctx) {
    flush();
    ctx.fireChannelReadComplete();
    // After Vert.x, which stops reading for reasons of its own: who stopped it lets it go on.
    ChannelConfig config = ctx.channel().config();
    // The end of the request that waits came with it, and is no reason to.
    if (held.size() > (waiting == null ? 0 : 1) && config.isAutoRead()) {
      config.setAutoRead(false);
      stopped = true;
    }
  }

  private void flush() {
    if (!dirty) {
      return;
    }
    dirty = false;
    out.flush();
    ChannelOutboundBuffer unsent = out.channel().unsafe().outboundBuffer();
    if (idle != null && unsent != null && !unsent.isEmpty()) {
      // What a slow client takes counts as activity, as it does behind the idle handler.
      out.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> idle.resetWriteTimeout());
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    ctx.fireChannelWritabilityChanged();
    if (!held.isEmpty() && ctx.channel().isWritable()) {
      // Later, since this is called out of the middle of a flush.
      ctx.executor().execute(() -> release(ctx));
    }
  }

  private void release(ChannelHandlerContext ctx) {
    if (ctx.isRemoved()) {
      return;
    }
    if (stopped) {
      // Before Vert.x gets more: that it stops reading itself shows only while reading is on.
      stopped = false;
      ctx.channel().config().setAutoRead(true);
    }
    while (!held.isEmpty() && mayTake(held.peek())) {
      take(ctx, held.poll());
    }
    readComplete(ctx);
  }

  @Override
  public void write(ChannelHandlerContext ctx, Object message, ChannelPromise promise) {
    // What was answered here came before what Vert.x answers now, and is before it in the channel.
    if (message instanceof LastHttpContent && passed > 0 && !isInterim(message)) {
      passed--;
    }
    ctx.write(message, promise);
  }

  private static boolean isInterim(Object message) {
    return message instanceof HttpResponse response
        && response.status().codeClass() == HttpStatusClass.INFORMATIONAL;
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    over |= event instanceof ShutdownEvent;
    if (waiting != null) {
      // What a request under way means for a connection that is idle or closes, Vert.x knows.
      HttpRequest request = waiting.request;
      waiting = null;
      pass(ctx, request);
      release(ctx);
    }
    ctx.fireUserEventTriggered(event);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    drop();
    ctx.fireChannelInactive();
  }

  @Override
  public void handlerRemoved(ChannelHandlerContext ctx) {
    drop();
  }

  private void drop() {
    if (waiting != null) {
      ReferenceCountUtil.release(waiting.request);
      waiting = null;
    }
    held.forEach(ReferenceCountUtil::release);
    held.clear();
  }
}
