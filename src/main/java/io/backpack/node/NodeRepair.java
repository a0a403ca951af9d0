package io.backpack.node;

import io.backpack.api.PhotoStore;
import io.backpack.api.Version;
import io.backpack.cluster.Server;
import io.backpack.http.HttpStoreFactory;
import io.backpack.repair.OwnNode;
import io.backpack.repair.RepairPage;
import io.backpack.repair.RepairPeer;
import io.backpack.repair.Repairer;
import io.backpack.storage.PeerRepair;
import io.backpack.storage.StorageSettings;
import io.vertx.core.Future;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.function.Function;

/** Repairs a node of this process from the others of its shard, which it reaches over HTTP. */
record NodeRepair(Repairer repairer, RepairPage pages) implements PeerRepair {
  static PeerRepair start(Surroundings around, StorageSettings settings, Subject subject) {
    HttpStoreFactory stores = around.stores();
    Function<Server, PhotoStore> clients = around.clients();
    Repairer repairer =
        Repairer.start(
            around.vertx(),
            new OwnNode(
                settings.nodeId(),
                subject.holdings(),
                subject.photos(),
                subject.hash(),
                subject.damage(),
                subject.sums()),
            around.view(),
            server ->
                new RepairPeer(
                    stores.holdings(server.url()),
                    clients.apply(server),
                    () -> stores.repair(server.url()).begin().mapEmpty()),
            around.configuration().repair(),
            subject.metrics());
    return new NodeRepair(repairer, new RepairPage(repairer));
  }

  @Override
  public Optional<String> doubt(long hash) {
    return repairer.doubt(hash);
  }

  @Override
  public boolean serves() {
    return repairer.serves();
  }

  @Override
  public boolean servesAll() {
    return repairer.servesAll();
  }

  @Override
  public boolean withholds(long hash, Version found) {
    return repairer.withholds(hash, found);
  }

  @Override
  public boolean sure() {
    return repairer.sure();
  }

  @Override
  public boolean complete() {
    return repairer.complete();
  }

  @Override
  public Future<JsonObject> begin() {
    return pages.begin();
  }

  @Override
  public Future<JsonObject> status() {
    return repairer.status();
  }

  @Override
  public void page(HttpServerRequest request) {
    pages.handle(request);
  }

  @Override
  public Future<Void> close() {
    return repairer.close();
  }
}
