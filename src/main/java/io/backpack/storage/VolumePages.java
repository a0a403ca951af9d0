package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.http.PageRoutes;
import io.backpack.volume.Damage;
import io.backpack.volume.NeedleIndex;
import io.backpack.volume.VolumeInfo;
import io.backpack.volume.VolumeSet;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The pages of a node on its volumes, its damage, its photos on the disk and the work on them. */
final class VolumePages {
  private static final String FILE = "data_";

  private final VolumeSet volumes;
  private final NeedleIndex index;
  private final Maintenance maintenance;
  private final VolumeStream streams;
  private final WherePage where;
  private final DamagePage damage;

  VolumePages(
      VolumeSet volumes,
      NeedleIndex index,
      Maintenance maintenance,
      VolumeStream streams,
      WherePage where,
      DamagePage damage) {
    this.volumes = volumes;
    this.index = index;
    this.maintenance = maintenance;
    this.streams = streams;
    this.where = where;
    this.damage = damage;
  }

  PageRoutes routes() {
    return new PageRoutes()
        .on(HttpMethod.GET, "/_/volumes", (request, none) -> list(request))
        .on(
            HttpMethod.GET,
            "/_/volumes/{}",
            (request, id) -> streams.send(request, find(id.get(0))))
        .on(HttpMethod.POST, "/_/volumes/{}/verify", (request, id) -> verify(request, id.get(0)))
        .on(HttpMethod.POST, "/_/volumes/{}/compact", (request, id) -> compact(request, id.get(0)))
        .on(HttpMethod.GET, "/_/jobs", (request, none) -> jobs(request))
        .on(HttpMethod.GET, "/_/damage", (request, none) -> damage.handle(request))
        .on(HttpMethod.GET, WherePage.PATH, where::handle);
  }

  private void list(HttpServerRequest request) {
    PageRoutes.answer(
        request,
        deadBytes(index)
            .map(
                dead -> {
                  JsonArray all = new JsonArray();
                  Map<Integer, Long> damaged =
                      volumes.damage().stream()
                          .collect(Collectors.groupingBy(Damage::volume, Collectors.counting()));
                  for (VolumeInfo volume : volumes.volumes()) {
                    all.add(
                        describe(volume, dead)
                            .put("damaged", damaged.getOrDefault(volume.id(), 0L)));
                  }
                  return new JsonObject().put("volumes", all);
                }));
  }

  /** Nothing while the index does not know. */
  static Future<Optional<Map<Integer, Long>>> deadBytes(NeedleIndex index) {
    Context context = Vertx.currentContext();
    return (context == null
            ? Future.fromCompletionStage(index.deadBytes())
            : Future.fromCompletionStage(index.deadBytes(), context))
        .map(Optional::of)
        .otherwise(Optional.empty());
  }

  private static JsonObject describe(VolumeInfo volume, Optional<Map<Integer, Long>> dead) {
    JsonObject json =
        new JsonObject()
            .put("id", Integer.toUnsignedLong(volume.id()))
            .put("file", FILE + Integer.toUnsignedString(volume.id()))
            .put("dir", volume.dir().toString())
            .put("size", volume.length())
            .put("dead_bytes", dead.map(all -> all.getOrDefault(volume.id(), 0L)).orElse(null))
            .put("needles", volume.needles())
            .put("sealed", volume.sealed())
            .put("created", Instant.ofEpochMilli(volume.created()).toString());
    volume.verified().ifPresent(at -> json.put("verified", at.toString()));
    return json;
  }

  private void verify(HttpServerRequest request, String id) {
    accept(request, Job.Kind.VERIFY, find(id));
  }

  private void compact(HttpServerRequest request, String id) {
    VolumeInfo volume = find(id);
    if (!volume.sealed()) {
      throw new BackpackException(
          ErrorCode.VOLUME_OPEN,
          "volume "
              + Integer.toUnsignedString(volume.id())
              + " still takes photos: it can be compacted when it is full");
    }
    accept(request, Job.Kind.COMPACT, volume);
  }

  private void accept(HttpServerRequest request, Job.Kind kind, VolumeInfo volume) {
    Job job = maintenance.ask(kind, volume.id());
    request.response().putHeader(HttpHeaders.LOCATION, "/_/jobs");
    PageRoutes.send(request, 202, maintenance.describe(job));
  }

  /** By its id, or by the name of its file. */
  private VolumeInfo find(String name) {
    String id = name.startsWith(FILE) ? name.substring(FILE.length()) : name;
    Map<String, VolumeInfo> byId =
        volumes.volumes().stream()
            .collect(
                Collectors.toMap(each -> Integer.toUnsignedString(each.id()), Function.identity()));
    return Optional.ofNullable(byId.get(id))
        .orElseThrow(
            () ->
                new BackpackException(
                    ErrorCode.NOT_FOUND,
                    "this node has no such volume, GET /_/volumes lists those it has"));
  }

  private void jobs(HttpServerRequest request) {
    PageRoutes.send(request, 200, new JsonObject().put("jobs", maintenance.describeJobs()));
  }

  /** The paths below which {@link #routes} answers. */
  static List<String> paths() {
    return List.of("/_/volumes", "/_/volumes/", "/_/jobs", "/_/damage", "/_/where/");
  }
}
