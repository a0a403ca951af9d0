package io.backpack.e2e;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;

/** A plain HTTP client, one that knows nothing of Backpack but its contract. */
final class HttpPhotos {
  private static final HttpClient CLIENT =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  private HttpPhotos() {}

  static HttpResponse<byte[]> put(String url, byte[] bytes) {
    return send(
        request(url)
            .header("Authorization", "Bearer " + TestCluster.TOKEN)
            .PUT(HttpRequest.BodyPublishers.ofByteArray(bytes)));
  }

  static HttpResponse<byte[]> get(String url) {
    return send(request(url).GET());
  }

  /** A command, without a body. */
  static HttpResponse<byte[]> post(String url) {
    return send(request(url).POST(HttpRequest.BodyPublishers.noBody()));
  }

  static HttpResponse<byte[]> delete(String url) {
    return send(request(url).header("Authorization", "Bearer " + TestCluster.TOKEN).DELETE());
  }

  /** The status of a GET; 0 when nobody answers. */
  static int status(String url) {
    try {
      return get(url).statusCode();
    } catch (UncheckedIOException e) {
      return 0;
    }
  }

  private static HttpRequest.Builder request(String url) {
    return HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(40));
  }

  private static HttpResponse<byte[]> send(HttpRequest.Builder request) {
    try {
      return CLIENT.send(request.build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }
}
