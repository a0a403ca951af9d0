package io.backpack.repair;

import io.backpack.http.PageRoutes;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;

/** {@code GET /_/repair} tells how a node stands to its peers, {@code POST} begins a round. */
public final class RepairPage {
  /** Where it is. */
  public static final String PATH = "/_/repair";

  private final PageRoutes routes;

  /** The page of a node. */
  public RepairPage(Repairer repairer) {
    this.routes =
        new PageRoutes()
            .on(
                HttpMethod.GET,
                PATH,
                (request, none) -> PageRoutes.answer(request, repairer.status()))
            .on(HttpMethod.POST, PATH, (request, none) -> ask(repairer, request));
  }

  private static void ask(Repairer repairer, HttpServerRequest request) {
    repairer
        .request()
        .compose(round -> repairer.status().map(status -> status.put("round", round)))
        .onSuccess(status -> PageRoutes.send(request, 202, status));
  }

  /** Answers a request for the page. */
  public void handle(HttpServerRequest request) {
    routes.handle(request);
  }
}
