package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.MemoryBudget;
import io.backpack.api.PhotoAddress;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Streams;
import io.backpack.api.Upload;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Several uploads in one {@code POST /} from a role of ours, see {@link UploadFrames}. Each is
 * stored or refused as a PUT of its own would be, and answered when that is known, so that one
 * which waits keeps no other waiting. A request that is refused as a whole has stored nothing.
 */
final class BatchRoute {
  private static final Logger LOG = LoggerFactory.getLogger(BatchRoute.class);

  private static final long MEMORY = 64L << 20;

  private final Edge edge;
  private final MemoryBudget memory;

  /**
   * @param memory see {@link #memory()}
   */
  BatchRoute(Edge edge, MemoryBudget memory) {
    this.edge = edge;
    this.memory = memory;
  }

  /** What the bodies of all connections may take at a time; senders go back to single PUTs. */
  static MemoryBudget memory() {
    return new MemoryBudget(MEMORY, 0);
  }

  static boolean matches(HttpServerRequest request) {
    return request.method().equals(HttpMethod.POST)
        && request.uri().equals("/")
        && UploadFrames.TYPE.equals(request.getHeader(HttpHeaders.CONTENT_TYPE));
  }

  void post(Exchange exchange) {
    Tokens.demand(exchange.request(), edge.settings().writeToken(), "uploads");
    int length = length(exchange.request());
    Future<Void> reservation = memory.reserve(length);
    if (reservation.failed()) {
      throw (RuntimeException) reservation.cause();
    }
    Future<Void> answered =
        Streams.collect(exchange.upload(length, length), length, length)
            .map(UploadFrames::puts)
            .compose(puts -> new Answers(exchange, puts).begin());
    answered.onComplete(done -> memory.release(length));
    exchange.then(answered, done -> exchange.endBody());
  }

  private static int length(HttpServerRequest request) {
    String text = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    long length;
    try {
      length = text == null ? -1 : Long.parseLong(text.strip());
    } catch (NumberFormatException e) {
      length = -1;
    }
    if (length < 1) {
      throw new BackpackException(ErrorCode.LENGTH_REQUIRED, "uploads need a Content-Length");
    }
    if (length > UploadFrames.MAX_BYTES) {
      throw UploadStream.tooLarge(UploadFrames.MAX_BYTES);
    }
    return (int) length;
  }

  /** The answers of one request; those of one turn of the event loop leave in one piece. */
  private final class Answers {
    private final Exchange exchange;
    private final List<UploadFrames.Put> puts;
    private final Promise<Void> all = Promise.promise();
    private final long start = System.nanoTime();
    private Buffer pending = Buffer.buffer();
    private boolean scheduled;
    private int left;

    Answers(Exchange exchange, List<UploadFrames.Put> puts) {
      this.exchange = exchange;
      this.puts = puts;
      this.left = puts.size();
    }

    /** Completes when everything was answered, or nobody listens any more. */
    Future<Void> begin() {
      exchange
          .response()
          .setChunked(true)
          .putHeader(HttpHeaders.CONTENT_TYPE, UploadFrames.TYPE)
          .putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
      if (!exchange.begin()) {
        return Future.failedFuture(
            new BackpackException(ErrorCode.INCOMPLETE_BODY, "the client went away"));
      }
      for (int i = 0; i < puts.size(); i++) {
        int index = i;
        store(puts.get(i))
            .onComplete(
                stored -> exchange.run(() -> answer(index, stored.result(), stored.cause())));
      }
      return all.future();
    }

    private Future<StoredPhoto> store(UploadFrames.Put put) {
      try {
        if (put.name().reserved()) {
          throw PhotoServer.reserved();
        }
        return edge.store().put(PhotoAddress.of(put.name()), put.options(), Upload.of(put.photo()));
      } catch (RuntimeException thrown) {
        return Future.failedFuture(thrown);
      }
    }

    private void answer(int index, StoredPhoto stored, Throwable failure) {
      if (failure == null) {
        edge.metrics().puts().record(stored.info().size(), System.nanoTime() - start);
        UploadFrames.stored(pending, index, stored);
      } else {
        BackpackException refusal = BackpackException.of(failure);
        if (refusal.code() == ErrorCode.INTERNAL) {
          LOG.error("an upload of {} failed", puts.get(index).name(), failure);
        }
        UploadFrames.refused(pending, index, refusal);
      }
      left--;
      if (!scheduled) {
        scheduled = true;
        exchange.later(this::flush);
      }
    }

    private void flush() {
      scheduled = false;
      if (pending.length() > 0) {
        exchange.write(pending);
        pending = Buffer.buffer();
      }
      if (left == 0) {
        all.tryComplete();
      }
    }
  }
}
