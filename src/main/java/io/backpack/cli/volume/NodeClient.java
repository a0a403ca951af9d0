package io.backpack.cli.volume;

import io.backpack.cli.CliException;
import io.backpack.cli.client.Progress;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The pages of a running node on its volumes, asked by a command. Every method blocks. */
final class NodeClient {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final int MAX_ERROR_BYTES = 64 << 10;
  private static final long FIRST_POLL_MILLIS = 50;
  private static final long POLL_MILLIS = 1000;

  private final String url;
  private final String token;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(CONNECT).build();

  /**
   * @param token empty for none
   */
  NodeClient(String url, String token) {
    this.url = url;
    this.token = token;
  }

  /** All volumes of the node, as it describes them. */
  List<JsonObject> volumes() {
    JsonObject answer = json("GET", "/_/volumes");
    List<JsonObject> volumes = new ArrayList<>();
    JsonArray listed = answer.getJsonArray("volumes");
    if (listed == null) {
      throw foreign();
    }
    listed.forEach(each -> volumes.add((JsonObject) each));
    return volumes;
  }

  /**
   * Those volumes that are named, all without a name.
   *
   * @throws CliException with {@link CliException#NOT_FOUND} when one does not exist
   */
  List<JsonObject> choose(List<String> named) {
    List<JsonObject> all = volumes();
    if (named.isEmpty()) {
      return all;
    }
    List<JsonObject> chosen = new ArrayList<>();
    for (String name : named) {
      String id = VolumeIds.plain(name);
      chosen.add(
          all.stream()
              .filter(each -> id(each).equals(id))
              .findFirst()
              .orElseThrow(() -> VolumeIds.unknown(name)));
    }
    return chosen;
  }

  /** Of a volume as the node describes it. */
  static String id(JsonObject volume) {
    return Long.toString(volume.getLong("id"));
  }

  /**
   * Has the node do something to a volume and waits until it is done. The node goes on with it when
   * this command is ended.
   *
   * @param what {@code verify} or {@code compact}
   * @return the job, done or failed, as the node describes it
   */
  JsonObject work(String what, String volume, Progress progress, long before) {
    long id = json("POST", "/_/volumes/" + volume + "/" + what).getLong("id");
    for (long wait = FIRST_POLL_MILLIS; ; wait = Math.min(2 * wait, POLL_MILLIS)) {
      JsonObject job = job(id);
      String state = job.getString("state");
      if (state.equals("done") || state.equals("failed")) {
        return job;
      }
      progress.at(before + job.getLong("bytes_done", 0L));
      try {
        Thread.sleep(wait);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CliException(CliException.FAILED, "interrupted; the node goes on with the job");
      }
    }
  }

  private JsonObject job(long id) {
    for (Object each : json("GET", "/_/jobs").getJsonArray("jobs")) {
      JsonObject job = (JsonObject) each;
      if (job.getLong("id") == id) {
        return job;
      }
    }
    throw new CliException(
        CliException.FAILED,
        "the node does not know job " + id + " any more: it was started anew; ask again");
  }

  /** The archive of a volume; reading it fails with a {@link CliException} when it breaks off. */
  InputStream archive(String volume) {
    return new FilterInputStream(send("GET", "/_/volumes/" + volume).body()) {
      @Override
      public int read(byte[] into, int from, int length) {
        try {
          return super.read(into, from, length);
        } catch (IOException e) {
          throw new CliException(
              CliException.FAILED,
              url
                  + " broke off in volume "
                  + volume
                  + "; the log of the node says why. Nothing half is kept, ask again");
        }
      }
    };
  }

  private JsonObject json(String method, String path) {
    try (InputStream body = send(method, path).body()) {
      return new JsonObject(new String(body.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw unreachable(e);
    } catch (DecodeException e) {
      throw foreign();
    }
  }

  private HttpResponse<InputStream> send(String method, String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(ANSWER)
            .method(method, HttpRequest.BodyPublishers.noBody());
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      HttpResponse<InputStream> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      if (response.statusCode() / 100 != 2) {
        throw refused(response);
      }
      return response;
    } catch (IOException e) {
      throw unreachable(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(CliException.FAILED, "interrupted");
    }
  }

  private CliException unreachable(IOException e) {
    if (e instanceof ConnectException) {
      return new CliException(
          CliException.FAILED, url + " cannot be reached: nothing answers there");
    }
    String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new CliException(CliException.FAILED, url + " does not answer: " + why);
  }

  private CliException foreign() {
    return new CliException(
        CliException.FAILED,
        url + " is no storage node; where it has an http.admin-port, that is the one to ask");
  }

  private CliException refused(HttpResponse<InputStream> response) {
    JsonObject answer;
    try (InputStream body = response.body()) {
      answer = new JsonObject(new String(body.readNBytes(MAX_ERROR_BYTES), StandardCharsets.UTF_8));
    } catch (IOException | DecodeException e) {
      return foreign();
    }
    if (response.statusCode() == 401) {
      return new CliException(
          CliException.FAILED,
          url + " wants its admin token: name the file that has it with --token-file");
    }
    if (response.statusCode() == 404) {
      return foreign(); // Of volumes it is known that they exist.
    }
    return new CliException(
        CliException.FAILED, answer.getString("error") + ": " + answer.getString("message"));
  }
}
