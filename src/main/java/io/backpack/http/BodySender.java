package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Photo;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerResponse;
import io.vertx.core.streams.ReadStream;

/**
 * Passes the stream of a photo on to a client, no faster than it takes it. The head goes out with
 * the first chunk, so that a body which fails before that is still an honest error; one that fails
 * later breaks the connection off.
 */
final class BodySender {
  private final Exchange exchange;
  private final HttpServerResponse response;
  private final ReadStream<Buffer> body;
  private final long length;
  private long passed;
  private boolean begun;
  private boolean over;

  BodySender(Exchange exchange, Photo photo) {
    this.exchange = exchange;
    this.response = exchange.response();
    this.body = photo.body();
    this.length = photo.range().length();
  }

  void start() {
    response.closeHandler(closed -> clientLeft());
    body.exceptionHandler(failure -> exchange.run(() -> failed(failure)));
    body.handler(chunk -> exchange.run(() -> pass(chunk)));
    body.endHandler(end -> exchange.run(this::ended));
    body.resume();
  }

  private void pass(Buffer chunk) {
    if (over) {
      return;
    }
    if (!begun) {
      begun = true;
      if (!exchange.begin()) {
        clientLeft();
        return;
      }
    }
    passed += chunk.length();
    if (passed > length) {
      failed(wrongLength());
      return;
    }
    exchange.write(chunk);
    if (response.writeQueueFull()) {
      body.pause();
      response.drainHandler(
          drained -> {
            if (!over) {
              body.resume();
            }
          });
    }
  }

  private void ended() {
    if (over) {
      return;
    }
    if (passed != length) {
      failed(wrongLength());
      return;
    }
    over = true;
    exchange.endBody();
  }

  private BackpackException wrongLength() {
    return new BackpackException(
        ErrorCode.UNAVAILABLE, "the store sent " + passed + " bytes of " + length);
  }

  private void failed(Throwable failure) {
    if (over) {
      return;
    }
    over = true;
    if (begun) {
      exchange.breakOff();
    } else {
      exchange.fail(failure);
    }
  }

  /** The client went away: what the store still has is read to its end and dropped. */
  private void clientLeft() {
    if (!over) {
      over = true;
      exchange.finish();
      body.resume();
    }
  }
}
