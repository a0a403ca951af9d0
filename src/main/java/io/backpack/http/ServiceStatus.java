package io.backpack.http;

import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;

/** What a role tells about itself on its {@code /_/} pages. */
public interface ServiceStatus {
  /** The body of {@code /_/stats}: the original's fields and more. */
  Future<JsonObject> stats();

  /** The body of {@code /_/health}: {@code {"status": "up"|"degraded"|"down", ...details}}. */
  Future<JsonObject> health();

  /** Whether it can take requests; {@code /_/health/ready} is 200 or 503 by it. Must not block. */
  boolean ready();
}
