package io.backpack.storage;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.archive.PhotoArchive;
import io.backpack.volume.Pace;
import io.backpack.volume.PhotosRead;
import io.backpack.volume.VolumeInfo;
import io.backpack.volume.VolumeSet;
import io.vertx.core.Context;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpHeaders;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.core.http.HttpServerResponse;
import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@code GET /_/volumes/{id}}: all live photos of a volume as a tar archive, in the order of the
 * disk. A few at a time, each on a thread of its own that waits for its client. When something
 * fails in the middle the connection is closed without the end of the body, so that no client takes
 * a part for the whole.
 */
final class VolumeStream implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(VolumeStream.class);
  private static final int MAX_STREAMS = 2;

  /** Names that an archive's table is made for; a volume seldom has more. */
  private static final long MAX_EXPECTED = 4_000_000;

  private final Vertx vertx;
  private final VolumeSet volumes;
  private final ThreadPoolExecutor threads;

  VolumeStream(Vertx vertx, VolumeSet volumes, String nodeId) {
    this.vertx = vertx;
    this.volumes = volumes;
    this.threads =
        new ThreadPoolExecutor(
            0,
            MAX_STREAMS,
            10,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, "backpack-stream-" + nodeId);
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Answers with a volume, which takes its time; HEAD with the headers of that.
   *
   * @throws BackpackException {@link ErrorCode#OVERLOADED} when too many are being sent
   */
  void send(HttpServerRequest request, VolumeInfo volume) {
    HttpServerResponse response = request.response();
    if (HttpMethod.HEAD.equals(request.method())) {
      head(volume, response);
      response.end().onFailure(gone -> {});
      return;
    }
    Context context = vertx.getOrCreateContext();
    try {
      threads.execute(() -> send(volume, context, response));
    } catch (RejectedExecutionException e) {
      response.putHeader(HttpHeaders.RETRY_AFTER, "30");
      throw new BackpackException(
          ErrorCode.OVERLOADED, MAX_STREAMS + " volumes are being read already, try again later");
    }
  }

  private void send(VolumeInfo volume, Context context, HttpServerResponse response) {
    ResponseOutput out = new ResponseOutput(context, response);
    try {
      context.runOnContext(v -> head(volume, response));
      PhotoArchive archive = new PhotoArchive(out, Math.min(volume.needles(), MAX_EXPECTED));
      PhotosRead read = volumes.photos(volume.id(), Pace.UNLIMITED, archive);
      archive.finish(read);
      out.end();
    } catch (IOException | RuntimeException e) {
      LOG.info(
          "volume {} was not sent to its end: {}",
          Integer.toUnsignedString(volume.id()),
          e.getMessage());
      out.breakOff();
    } catch (Throwable e) {
      LOG.error("volume {} was not sent", Integer.toUnsignedString(volume.id()), e);
      out.breakOff();
    }
  }

  private static void head(VolumeInfo volume, HttpServerResponse response) {
    response
        .setChunked(true)
        .putHeader(HttpHeaders.CONTENT_TYPE, "application/x-tar")
        .putHeader(HttpHeaders.CACHE_CONTROL, "no-store")
        .putHeader(
            "Content-Disposition",
            "attachment; filename=\"volume-" + Integer.toUnsignedString(volume.id()) + ".tar\"");
  }

  /** Begins no more; what runs ends with its connection or its volume. */
  @Override
  public void close() {
    threads.shutdown();
  }
}
