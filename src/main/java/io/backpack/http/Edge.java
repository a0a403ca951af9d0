package io.backpack.http;

import io.backpack.api.PhotoStore;
import io.backpack.metrics.Metrics;
import io.vertx.core.Vertx;

/** What all requests of a server share. */
record Edge(
    Vertx vertx,
    PhotoServer.Kind kind,
    HttpSettings settings,
    PhotoStore store,
    ServiceStatus status,
    Metrics metrics,
    Cors cors) {}
