package io.backpack.chaos;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;

/** A plain client, which knows nothing of Backpack but its contract. */
final class Http {
  /**
   * What came of a request.
   *
   * @param status 0 when there was no answer, or not to its end
   * @param version of the photo or the delete; 0 where none was told
   */
  @SuppressWarnings("ArrayRecordComponent") // Nobody compares answers.
  record Answer(int status, byte[] body, long version, String location) {
    static final Answer NONE = new Answer(0, new byte[0], 0, "");

    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** As nginx waits for a node. */
  private static final Duration NODE_PATIENCE = Duration.ofSeconds(5);

  private final HttpClient client =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(1))
          .build();

  Answer put(String url, byte[] bytes) {
    return send(request(url, PATIENCE).PUT(HttpRequest.BodyPublishers.ofByteArray(bytes)));
  }

  Answer get(String url) {
    return send(request(url, PATIENCE).GET());
  }

  /** With the patience that nginx has for a node. */
  Answer getFromNode(String url) {
    return send(request(url, NODE_PATIENCE).GET());
  }

  Answer delete(String url) {
    return send(request(url, PATIENCE).DELETE());
  }

  Answer post(String url) {
    return send(request(url, PATIENCE).POST(HttpRequest.BodyPublishers.noBody()));
  }

  private static HttpRequest.Builder request(String url, Duration patience) {
    return HttpRequest.newBuilder(URI.create(url))
        .timeout(patience)
        .header("Authorization", "Bearer " + Server.TOKEN);
  }

  private Answer send(HttpRequest.Builder request) {
    try {
      HttpResponse<byte[]> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
      long version =
          answer
              .headers()
              .firstValue("X-Backpack-Version")
              .map(text -> Long.parseUnsignedLong(text, 16))
              .orElse(0L);
      return new Answer(
          answer.statusCode(),
          answer.body(),
          version,
          answer.headers().firstValue("Location").orElse(""));
    } catch (IOException e) {
      return Answer.NONE;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Answer.NONE;
    }
  }
}
