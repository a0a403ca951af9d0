package io.backpack.node;

import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.backpack.api.VersionClock;
import io.backpack.bus.BusEvent;
import io.backpack.bus.PhotoBusService;
import io.backpack.coordinator.Coordinator;
import io.backpack.coordinator.CoordinatorEvents;
import io.backpack.coordinator.CoordinatorSettings;
import io.backpack.http.PhotoServer;
import io.backpack.http.PhotoServers;
import io.backpack.metrics.Metrics;
import io.backpack.node.config.NodeConfiguration;
import io.vertx.core.Future;

/** The coordinator of this process: over HTTP, and on the event bus. */
final class CoordinatorRole implements Part {
  /** Tells the bus what the coordinator did. */
  private record Events(String id, BusMembership bus) implements CoordinatorEvents {
    @Override
    public void stored(String shardId, PhotoInfo info) {
      if (bus.heard()) {
        bus.publish(BusEvent.stored(shardId, info, id));
      }
    }

    @Override
    public void deleted(String shardId, PhotoName name, Version version) {
      bus.publish(BusEvent.deleted(new PhotoAddress(shardId, name), version, id));
    }

    @Override
    public void shardFull(String shardId) {
      bus.publish(BusEvent.shardFull(shardId, id));
    }
  }

  private final Surroundings around;
  private final Coordinator coordinator;
  private final PhotoServers servers;

  private CoordinatorRole(Surroundings around, Coordinator coordinator, PhotoServers servers) {
    this.around = around;
    this.coordinator = coordinator;
    this.servers = servers;
  }

  static Future<Part> start(Surroundings around, NodeConfiguration.Coordinator wanted) {
    return around
        .view()
        .registry()
        .stamper("coordinator-" + wanted.id())
        .compose(stamper -> start(around, wanted, new VersionClock(stamper)));
  }

  private static Future<Part> start(
      Surroundings around, NodeConfiguration.Coordinator wanted, VersionClock clock) {
    CoordinatorSettings settings = wanted.settings();
    Coordinator coordinator =
        new Coordinator(
            around.vertx(),
            settings,
            around.view(),
            around.clients(),
            around.queue(),
            around.bus(),
            clock,
            new Events(wanted.id(), around.bus()),
            () -> QueueLength.of(around.queue()));
    Metrics metrics = Metrics.create("coordinator", wanted.id());
    return coordinator
        .start()
        .compose(
            started ->
                PhotoServers.listen(
                    around.vertx(),
                    Runtime.getRuntime().availableProcessors(),
                    settings.http(),
                    http ->
                        PhotoServer.create(
                            around.vertx(),
                            PhotoServer.Kind.COORDINATOR,
                            http,
                            coordinator.store(),
                            coordinator.status(),
                            metrics)))
        .map(
            servers -> {
              around
                  .bus()
                  .attach(
                      bus ->
                          PhotoBusService.register(
                                  bus, coordinator.store(), busSettings(around, settings))
                              .map(service -> service::close));
              return new CoordinatorRole(around, coordinator, servers);
            });
  }

  private static PhotoBusService.Settings busSettings(
      Surroundings around, CoordinatorSettings settings) {
    PhotoBusService.Settings defaults = PhotoBusService.Settings.of(settings.http().writeToken());
    return around
        .configuration()
        .bus()
        .map(
            bus ->
                new PhotoBusService.Settings(
                    defaults.writeToken(),
                    bus.maxPhotoSize(),
                    defaults.concurrency(),
                    defaults.timeout()))
        .orElse(defaults);
  }

  @Override
  public String name() {
    return "coordinator";
  }

  @Override
  public String url() {
    return around.url(servers.port());
  }

  @Override
  public boolean ready() {
    return coordinator.status().ready();
  }

  @Override
  public Future<Void> close() {
    // The last sizes, once no request comes in any more.
    return servers.close().eventually(coordinator::close);
  }
}
