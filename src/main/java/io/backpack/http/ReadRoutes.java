package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.GetOptions;
import io.backpack.api.Photo;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.RangeRequest;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpHeaders;
import java.util.Optional;

/** GET and HEAD of a photo. */
final class ReadRoutes {
  private final Edge edge;
  private final PhotoHead head;

  ReadRoutes(Edge edge) {
    this.edge = edge;
    this.head = new PhotoHead(edge.settings().cacheControl());
  }

  void head(Exchange exchange, PhotoAddress address) {
    Conditions conditions = Conditions.of(exchange.request().headers());
    exchange.then(
        edge.store().stat(address, exchange.trace()),
        info -> {
          if (mayProceed(exchange, conditions, info)) {
            head.describe(exchange.response().headers(), info);
            exchange.response().putHeader(HttpHeaders.CONTENT_LENGTH, Long.toString(info.size()));
            exchange.end();
          }
        });
  }

  void get(Exchange exchange, PhotoAddress address) {
    MultiMap headers = exchange.request().headers();
    Conditions conditions = Conditions.of(headers);
    Optional<RangeRequest> range = Conditions.range(headers.get(Headers.RANGE));
    exchange.servesPhoto();
    if (conditions.none()) {
      read(exchange, address, range);
      return;
    }
    exchange.then(
        edge.store().stat(address, exchange.trace()),
        info -> {
          if (mayProceed(exchange, conditions, info)) {
            read(exchange, address, conditions.rangeApplies(info) ? range : Optional.empty());
          }
        });
  }

  /** Evaluates the conditions of a read; answers when they do not hold. */
  private boolean mayProceed(Exchange exchange, Conditions conditions, PhotoInfo info) {
    if (conditions.none()) {
      return true;
    }
    switch (conditions.judge(info)) {
      case PROCEED -> {
        return true;
      }
      case NOT_MODIFIED -> {
        exchange.response().setStatusCode(304);
        head.validators(exchange.response().headers(), info);
        exchange.end();
      }
      case FAILED ->
          exchange.fail(
              new BackpackException(
                  ErrorCode.PRECONDITION_FAILED,
                  "the stored photo is not the one the request names"));
    }
    return false;
  }

  private void read(Exchange exchange, PhotoAddress address, Optional<RangeRequest> range) {
    exchange.then(
        edge.store()
            .get(address, new GetOptions(range, exchange.trace()))
            .recover(
                failure ->
                    BackpackException.of(failure).code() == ErrorCode.RANGE_NOT_SATISFIABLE
                        ? edge.store()
                            .stat(address, exchange.trace())
                            .compose(info -> refuseRange(exchange, info, failure))
                        : Future.failedFuture(failure)),
        photo -> {
          if (photo != null) {
            send(exchange, photo, range.isPresent());
          }
        });
  }

  /** Answers 416 with the size, which the store's failure does not tell. */
  private static Future<Photo> refuseRange(Exchange exchange, PhotoInfo info, Throwable failure) {
    exchange.run(
        () ->
            exchange.fail(
                BackpackException.of(failure),
                HttpHeaders.CONTENT_RANGE,
                "bytes */" + info.size()));
    return Future.succeededFuture();
  }

  private void send(Exchange exchange, Photo photo, boolean ranged) {
    if (exchange.over()) {
      photo.discard();
      exchange.end();
      return;
    }
    MultiMap headers = exchange.response().headers();
    head.describe(headers, photo.info());
    if (ranged) {
      exchange.response().setStatusCode(206);
      headers.set(
          HttpHeaders.CONTENT_RANGE,
          new ContentRange(photo.range(), photo.info().size()).toString());
    }
    Optional<Buffer> inMemory = photo.buffered();
    if (inMemory.isPresent()) {
      exchange.end(inMemory.get());
    } else {
      headers.set(HttpHeaders.CONTENT_LENGTH, Long.toString(photo.range().length()));
      new BodySender(exchange, photo).start();
    }
  }
}
