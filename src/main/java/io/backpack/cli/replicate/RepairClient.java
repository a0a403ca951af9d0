package io.backpack.cli.replicate;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** The page of a running node on its repair. Every method blocks. */
final class RepairClient {
  private static final int MAX_BYTES = 1 << 20;

  private final Duration timeout;
  private final String token;
  private final HttpClient http;

  /**
   * @param token empty for none
   */
  RepairClient(Duration timeout, String token) {
    this.timeout = timeout;
    this.token = token;
    this.http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(timeout)
            .build();
  }

  /**
   * Asks the page of a node.
   *
   * @param method GET for how it stands, POST to begin a round
   * @throws IOException with a line for people when there is no such answer
   */
  JsonObject ask(String method, String url) throws IOException {
    HttpRequest.Builder request;
    try {
      request = HttpRequest.newBuilder(URI.create(url + "/_/repair")).timeout(timeout);
    } catch (IllegalArgumentException e) {
      throw new IOException(url + " is no address", e);
    }
    request.method(method, HttpRequest.BodyPublishers.noBody());
    if (!token.isEmpty()) {
      request.header("Authorization", "Bearer " + token);
    }
    try {
      HttpResponse<InputStream> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofInputStream());
      return read(url, response);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted; the node goes on", e);
    } catch (DecodeException e) {
      throw new IOException(foreign(url), e);
    } catch (IOException e) {
      throw new IOException(
          e.getMessage() == null ? url + " does not answer" : url + ": " + e.getMessage(), e);
    }
  }

  private static JsonObject read(String url, HttpResponse<InputStream> response)
      throws IOException {
    JsonObject json;
    try (InputStream body = response.body()) {
      String text = new String(body.readNBytes(MAX_BYTES), StandardCharsets.UTF_8);
      json = response.statusCode() == 404 ? new JsonObject() : new JsonObject(text);
    }
    return switch (response.statusCode()) {
      case 200, 202 -> json;
      case 404 -> throw new IOException(foreign(url));
      case 401, 403 ->
          throw new IOException(
              "it wants its admin token (http.admin-token): name the file that has it with"
                  + " --token-file");
      default -> throw new IOException(json.getString("error") + ", " + json.getString("message"));
    };
  }

  private static String foreign(String url) {
    return url
        + " has no page /_/repair: it is of another kind, or has an http.admin-port, from which"
        + " it must be asked";
  }
}
