package io.backpack.storage;

import io.backpack.api.Version;
import io.backpack.http.PageRoutes;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/** The repair of a node without peers. */
class NoPeers implements PeerRepair {
  @Override
  public Optional<String> doubt(long hash) {
    return Optional.empty();
  }

  @Override
  public boolean serves() {
    return true;
  }

  @Override
  public boolean servesAll() {
    return true;
  }

  @Override
  public boolean withholds(long hash, Version found) {
    return false;
  }

  @Override
  public boolean sure() {
    return true;
  }

  @Override
  public boolean complete() {
    return true;
  }

  @Override
  public Future<JsonObject> begin() {
    return status().map(json -> json.put("round", 0));
  }

  @Override
  public Future<JsonObject> status() {
    return Future.succeededFuture(
        new JsonObject()
            .put("state", "complete")
            .put("complete", true)
            .put("rounds", 0)
            .put("peers", new JsonArray()));
  }

  @Override
  public void page(HttpServerRequest request) {
    PageRoutes.answer(request, status());
  }

  @Override
  public Future<Void> close() {
    return Future.succeededFuture();
  }
}
