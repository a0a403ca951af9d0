package io.backpack.cli.client;

import io.backpack.api.BackpackException;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PhotoStore;
import io.backpack.cli.CliException;
import io.backpack.http.HttpPhotoStore;
import io.backpack.http.HttpStoreSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A command's connection to a server, from its first request to its end. */
final class ClientSession implements AutoCloseable {
  private static final int EVENT_LOOPS = 2;
  private static final int CLOSE_SECONDS = 5;

  private final Vertx vertx;
  private final PhotoStore store;

  /**
   * @param concurrency requests that run at a time
   */
  ClientSession(ServerOptions server, int concurrency) {
    HttpStoreSettings defaults = HttpStoreSettings.DEFAULT;
    HttpStoreSettings settings =
        new HttpStoreSettings(
            defaults.connectTimeout(),
            defaults.requestTimeout(),
            concurrency,
            2 * concurrency,
            server.token());
    String url = server.url();
    vertx = Vertx.vertx(new VertxOptions().setEventLoopPoolSize(EVENT_LOOPS));
    store = HttpPhotoStore.create(vertx, url, settings);
  }

  Vertx vertx() {
    return vertx;
  }

  PhotoStore store() {
    return store;
  }

  /**
   * An address as {@code put} prints it, percent-encoded, with or without its leading slash: {@code
   * /1:a%20b.jpg} of a coordinator, {@code /a%20b.jpg} of a node.
   */
  static PhotoAddress address(String text) {
    String path = text.startsWith("/") ? text.substring(1) : text;
    try {
      try {
        return PhotoAddress.ofEncoded(path);
      } catch (BackpackException noShard) {
        return PhotoAddress.of(PhotoName.ofEncoded(path));
      }
    } catch (BackpackException e) {
      throw new CliException(CliException.USAGE, "'" + text + "': " + e.getMessage());
    }
  }

  /**
   * Waits on the main thread. What a future of the session waits for has timeouts of its own.
   *
   * @throws BackpackException as the store fails
   */
  static <T> T await(Future<T> future) {
    try {
      return future.toCompletionStage().toCompletableFuture().get();
    } catch (ExecutionException e) {
      throw BackpackException.of(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CliException(CliException.FAILED, "interrupted");
    }
  }

  /** What a failure of the store means to who typed the command. */
  static CliException answer(String what, BackpackException failure) {
    return new CliException(exitCode(failure), what + ": " + text(failure));
  }

  static int exitCode(BackpackException failure) {
    return switch (failure.code()) {
      case NOT_FOUND, DELETED, UNKNOWN_SHARD -> CliException.NOT_FOUND;
      default -> CliException.FAILED;
    };
  }

  static String text(BackpackException failure) {
    String cause = failure.getCause() == null ? null : failure.getCause().getMessage();
    boolean told = cause == null || failure.getMessage().contains(cause);
    return failure.code() + ": " + failure.getMessage() + (told ? "" : " (" + cause + ")");
  }

  @Override
  public void close() {
    try {
      vertx.close().toCompletionStage().toCompletableFuture().get(CLOSE_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException | TimeoutException e) {
      // The process ends anyway.
      return;
    }
  }
}
