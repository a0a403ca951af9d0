package io.backpack.node;

import io.backpack.bus.NodeAnnouncer;
import io.backpack.bus.NodeSighting;
import io.backpack.storage.StorageSettings;
import io.backpack.storage.StorageVerticle;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.function.Supplier;

/** A storage node of this process. */
final class StorageRole implements Part {
  private final Surroundings around;
  private final StorageSettings settings;
  private final StorageVerticle node;
  private final String deployment;

  private StorageRole(
      Surroundings around, StorageSettings settings, StorageVerticle node, String deployment) {
    this.around = around;
    this.settings = settings;
    this.node = node;
    this.deployment = deployment;
  }

  static Future<Part> start(Surroundings around, StorageSettings settings) {
    StorageVerticle node =
        new StorageVerticle(
            settings,
            new RegistryMembership(around.vertx(), around.view().registry()),
            subject -> NodeRepair.start(around, settings, subject));
    return around
        .vertx()
        .deployVerticle(node)
        .map(
            deployment -> {
              StorageRole role = new StorageRole(around, settings, node, deployment);
              around.bus().attach(role::announce);
              return role;
            });
  }

  /** A node is heard by every member of the bus at the most: those with a coordinator. */
  private Future<Supplier<Future<Void>>> announce(Vertx bus) {
    NodeAnnouncer announcer =
        NodeAnnouncer.start(
            bus,
            () -> new NodeSighting(settings.nodeId(), base(), node.freeBytes(), node.state()),
            () -> around.view().current().servers().size(),
            () -> around.view().current().servers().size());
    return Future.succeededFuture(
        () -> {
          announcer.close();
          return Future.succeededFuture();
        });
  }

  private String base() {
    String url = url();
    return url.substring(0, url.length() - 1);
  }

  @Override
  public String name() {
    return "node " + settings.nodeId();
  }

  @Override
  public String url() {
    return around.url(node.port());
  }

  @Override
  public boolean ready() {
    return !node.state().equals("recovering");
  }

  @Override
  public boolean settled() {
    return node.sure();
  }

  @Override
  public Future<Void> close() {
    return around.vertx().undeploy(deployment);
  }
}
