package io.backpack.node;

import io.backpack.bus.NodeAnnouncer;
import io.backpack.bus.NodeSighting;
import io.backpack.cluster.NodeRegistry;
import io.backpack.storage.StorageSettings;
import io.backpack.storage.StorageVerticle;
import io.vertx.core.Future;

/** A storage node of this process. */
final class StorageRole implements Part {
  private final Surroundings around;
  private final StorageSettings settings;
  private final StorageVerticle node;
  private final String deployment;
  private final NodeAnnouncer announcer;

  private StorageRole(
      Surroundings around, StorageSettings settings, StorageVerticle node, String deployment) {
    this.around = around;
    this.settings = settings;
    this.node = node;
    this.deployment = deployment;
    // A node is heard by every member of the bus at the most: those with a coordinator.
    this.announcer =
        NodeAnnouncer.start(
            around.vertx(),
            () -> new NodeSighting(settings.nodeId(), base(), node.freeBytes(), node.state()),
            () -> around.view().current().servers().size(),
            () -> around.view().current().servers().size());
  }

  static Future<Part> start(Surroundings around, StorageSettings settings) {
    StorageVerticle node =
        new StorageVerticle(
            settings, (nodeId, cookie) -> join(around.view().registry(), nodeId, cookie));
    return around
        .vertx()
        .deployVerticle(node)
        .map(deployment -> new StorageRole(around, settings, node, deployment));
  }

  private static Future<Integer> join(NodeRegistry registry, String nodeId, String cookie) {
    return registry.claim(nodeId, cookie).compose(claimed -> registry.stamper("node-" + nodeId));
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
  public Future<Void> close() {
    announcer.close();
    return around.vertx().undeploy(deployment);
  }
}
