package io.backpack.http;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** A status that says what a test tells it to. */
final class FixedStatus implements ServiceStatus {
  volatile JsonObject health = new JsonObject().put("status", "up");
  volatile boolean ready = true;
  volatile Future<JsonObject> stats =
      Future.succeededFuture(new JsonObject().put("gets", new JsonObject().put("count", 0)));

  @Override
  public Future<JsonObject> stats() {
    return stats;
  }

  @Override
  public Future<JsonObject> health() {
    return Future.succeededFuture(health);
  }

  @Override
  public boolean ready() {
    return ready;
  }
}
