package io.backpack.repair;

import io.backpack.http.PageRoutes;
import io.vertx.core.Future;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;

/** {@code GET /_/repair} tells how a node stands to its peers, {@code POST} begins a round. */
public final class RepairPage {
  private static final String PATH = "/_/repair";

  private final Repairer repairer;
  private final PageRoutes routes;

  /** The page of a node. */
  public RepairPage(Repairer repairer) {
    this.repairer = repairer;
    this.routes =
        new PageRoutes()
            .on(
                HttpMethod.GET,
                PATH,
                (request, none) -> PageRoutes.answer(request, repairer.status()))
            .on(HttpMethod.POST, PATH, (request, none) -> ask(request));
  }

  private void ask(HttpServerRequest request) {
    begin().onSuccess(status -> PageRoutes.send(request, 202, status));
  }

  /** Begins a round; answers with the status and {@code round}, see {@link Repairer#request}. */
  public Future<JsonObject> begin() {
    return repairer
        .request()
        .compose(round -> repairer.status().map(status -> status.put("round", round)));
  }

  /** Answers a request for the page. */
  public void handle(HttpServerRequest request) {
    routes.handle(request);
  }
}
