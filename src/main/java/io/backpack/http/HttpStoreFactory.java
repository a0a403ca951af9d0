package io.backpack.http;

import io.backpack.api.Holdings;
import io.backpack.api.PhotoStore;
import io.backpack.api.SelfRepair;
import io.vertx.core.Future;
import io.vertx.core.Vertx;

/**
 * Makes stores for many servers over the same pools, so that connections to a server are shared and
 * bounded however often a store for it is made. Safe for use by any thread.
 */
public final class HttpStoreFactory {
  private final Vertx vertx;
  private final HttpStoreSettings settings;
  private final ClientPools pools;

  private HttpStoreFactory(Vertx vertx, HttpStoreSettings settings, ClientPools pools) {
    this.vertx = vertx;
    this.settings = settings;
    this.pools = pools;
  }

  public static HttpStoreFactory of(Vertx vertx, HttpStoreSettings settings) {
    return of(vertx, settings, Math.max(ClientPools.TRANSFERS, settings.maxConnections()));
  }

  /**
   * @param transfers the size of the pools for uploads and for downloads
   */
  static HttpStoreFactory of(Vertx vertx, HttpStoreSettings settings, int transfers) {
    return new HttpStoreFactory(vertx, settings, ClientPools.create(vertx, settings, transfers));
  }

  /**
   * A store on one server; cheap, may be made per request.
   *
   * @param baseUrl of a node or a coordinator, as {@code http://10.0.0.7:8081}
   */
  public HttpPhotoStore store(String baseUrl) {
    return new HttpPhotoStore(vertx, pools, settings, baseUrl);
  }

  /**
   * What a node has, to be compared with what another one has; cheap, may be made per call. The
   * token is that of uploads.
   *
   * @param baseUrl of a node
   */
  public Holdings holdings(String baseUrl) {
    return new HttpHoldings(vertx, pools, settings, baseUrl);
  }

  /**
   * How a node repairs itself, and what asks it to; cheap, may be made per call. The token is that
   * of uploads.
   *
   * @param baseUrl of a node
   */
  public SelfRepair repair(String baseUrl) {
    return new HttpHoldings(vertx, pools, settings, baseUrl);
  }

  /**
   * A store on a storage node of the original Backpack, which does what can be done to make one of
   * it: see {@link OriginalPhotoStore}.
   */
  public PhotoStore original(String baseUrl) {
    return new OriginalPhotoStore(
        new HttpPhotoStore(vertx, pools, settings.withOriginals().withWriteToken(""), baseUrl),
        settings.uploadMemory());
  }

  /**
   * Asks a storage node how many bytes its photos take on its disks.
   *
   * @return fails where it does not say, as one whose {@code /stats} are on a port of their own
   */
  public Future<Long> heldBytes(String baseUrl) {
    return new NodeStats(vertx, pools, settings, baseUrl).heldBytes();
  }

  /** Closes all connections; what runs fails. */
  public Future<Void> close() {
    return pools.close();
  }
}
