package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Holdings;
import io.backpack.api.SelfRepair;
import io.backpack.api.Streams;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import java.util.Optional;

/**
 * A {@code POST /} by which another node asks what this one has, see {@link HeldFrames}, or asks it
 * to compare itself with its peers, see {@link RepairFrames}. Behind the token of uploads, which
 * all nodes of a cluster share: who may store and delete every photo may know what there is. For
 * one event loop.
 */
final class HeldRoute {
  /** An answer may have megabytes; who asks more gets 503. */
  private static final int MAX_AT_A_TIME = 4;

  private final Edge edge;
  private final Holdings holdings;
  private Optional<SelfRepair> repair = Optional.empty();
  private int running;

  HeldRoute(Edge edge, Holdings holdings) {
    this.edge = edge;
    this.holdings = holdings;
  }

  /** Answers questions about repair as well. */
  void repair(SelfRepair asked) {
    repair = Optional.of(asked);
  }

  static boolean matches(HttpServerRequest request) {
    return request.method().equals(HttpMethod.POST)
        && request.uri().equals("/")
        && HeldFrames.TYPE.equals(request.getHeader(HttpHeaders.CONTENT_TYPE));
  }

  void post(Exchange exchange) {
    Tokens.demand(exchange.request(), edge.settings().writeToken(), "what a node has");
    int length = length(exchange.request());
    if (running == MAX_AT_A_TIME) {
      throw new BackpackException(
          ErrorCode.OVERLOADED, "this node is being asked what it has too often at a time");
    }
    running++;
    Future<Buffer> answer =
        Streams.collect(exchange.upload(length, length), length, length).compose(this::answer);
    exchange.then(
        answer.onComplete(done -> exchange.run(() -> running--)),
        body -> {
          exchange.response().putHeader(HttpHeaders.CACHE_CONTROL, "no-store");
          exchange.end(HeldFrames.TYPE, body);
        });
  }

  private Future<Buffer> answer(Buffer question) {
    return repair.isPresent() && RepairFrames.matches(question)
        ? RepairFrames.answer(question, repair.get())
        : HeldFrames.answer(question, holdings);
  }

  private static int length(HttpServerRequest request) {
    String text = request.getHeader(HttpHeaders.CONTENT_LENGTH);
    try {
      int length = text == null ? -1 : Integer.parseInt(text.strip());
      if (length > HeldFrames.MAX_QUESTION) {
        throw UploadStream.tooLarge(HeldFrames.MAX_QUESTION);
      }
      if (length > 0) {
        return length;
      }
    } catch (NumberFormatException none) {
      // As without one.
    }
    throw new BackpackException(ErrorCode.LENGTH_REQUIRED, "a question needs a Content-Length");
  }
}
