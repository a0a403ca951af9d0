package io.backpack.cli.cluster;

import com.github.freva.asciitable.AsciiTable;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoAddress;
import io.backpack.cli.CliException;
import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.zip.CRC32C;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code where}: which nodes have a photo, and in which file it lies there. */
@Command(
    name = "where",
    description = "Shows which nodes have a photo, and where in which volume file it lies.")
public final class WhereCommand extends AdminCommand {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final String[] COLUMNS = {
    "NODE", "STATE", "VERSION", "FILE", "OFFSET", "LENGTH", "SIZE", "CRC32C"
  };

  @Parameters(paramLabel = "SHARD:NAME", description = "Percent-encoded, as put prints it.")
  private String photo;

  @Option(
      names = "--admin-token-file",
      paramLabel = "FILE",
      description = "File with the nodes' http.admin-token, needed from another machine.")
  private Path tokenFile;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  void run(ClusterAdmin admin) throws IOException {
    PhotoAddress address = PhotoAddress.ofEncoded(photo.replaceFirst("^/", ""));
    ClusterMap map = admin.map();
    Shard shard =
        map.shard(address.shard())
            .orElseThrow(
                () ->
                    new CliException(
                        CliException.NOT_FOUND, "there is no shard " + address.shard()));
    String token = tokenFile == null ? "" : Files.readString(tokenFile).strip();
    HttpClient client = HttpClient.newBuilder().connectTimeout(TIMEOUT).build();
    TreeMap<String, CompletableFuture<JsonObject>> asked = new TreeMap<>();
    for (Server server : map.serversOf(shard)) {
      asked.put(server.id(), ask(client, server, address, token));
    }
    JsonArray answers = new JsonArray();
    asked.forEach((id, answer) -> answers.add(answer.join().put("node", id)));
    if (json) {
      print(answers.encodePrettily());
    } else {
      print(table(answers));
    }
    if (answers.stream().noneMatch(answer -> state((JsonObject) answer).equals("stored"))) {
      throw new CliException(CliException.NOT_FOUND, "no node shows the photo " + address.path());
    }
  }

  private static CompletableFuture<JsonObject> ask(
      HttpClient client, Server server, PhotoAddress address, String token) {
    if (server.original()) {
      return askOriginal(client, server, address);
    }
    URI uri = URI.create(server.url() + "/_/where/" + address.name().encoded());
    HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(TIMEOUT);
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    return client
        .sendAsync(request.build(), HttpResponse.BodyHandlers.ofString())
        .thenApply(response -> new JsonObject(response.body()))
        .completeOnTimeout(unreachable(), 2 * TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(
            failure ->
                failure.getCause() instanceof DecodeException
                    ? new JsonObject().put("error", "NO_BACKPACK_NODE")
                    : unreachable());
  }

  /** It tells nothing but the photo. */
  private static CompletableFuture<JsonObject> askOriginal(
      HttpClient client, Server server, PhotoAddress address) {
    URI uri = URI.create(server.url() + "/" + address.name().encoded());
    return client
        .sendAsync(
            HttpRequest.newBuilder(uri).timeout(TIMEOUT).build(),
            HttpResponse.BodyHandlers.ofByteArray())
        .thenApply(
            response -> {
              if (response.statusCode() != 200) {
                return new JsonObject()
                    .put("error", ErrorCode.ofStatus(response.statusCode()).name());
              }
              CRC32C sum = new CRC32C();
              sum.update(response.body());
              return new JsonObject()
                  .put("deleted", false)
                  .put("damaged", false)
                  .put("original", true)
                  .put("size", response.body().length)
                  .put("crc32c", HexFormat.of().toHexDigits((int) sum.getValue()));
            })
        .completeOnTimeout(unreachable(), 2 * TIMEOUT.toMillis(), TimeUnit.MILLISECONDS)
        .exceptionally(failure -> unreachable());
  }

  private static JsonObject unreachable() {
    return new JsonObject().put("error", "UNAVAILABLE");
  }

  private static String state(JsonObject answer) {
    if (answer.containsKey("error")) {
      return answer.getString("error").toLowerCase(Locale.ROOT).replace('_', ' ');
    }
    if (answer.getBoolean("deleted")) {
      return "deleted";
    }
    return answer.getBoolean("damaged") ? "damaged" : "stored";
  }

  private static String table(JsonArray answers) {
    List<Object[]> rows = new ArrayList<>();
    for (Object each : answers) {
      JsonObject answer = (JsonObject) each;
      rows.add(
          new Object[] {
            answer.getString("node"),
            state(answer),
            answer.getString("version", ""),
            answer.getString("file", ""),
            answer.getValue("offset", ""),
            answer.getValue("length", ""),
            answer.getValue("size", ""),
            answer.getString("crc32c", "")
          });
    }
    return AsciiTable.getTable(
        AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS_NO_OUTSIDE_BORDER,
        COLUMNS,
        null,
        rows.toArray(new Object[0][]));
  }
}
