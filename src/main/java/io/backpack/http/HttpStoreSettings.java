package io.backpack.http;

import java.time.Duration;

/**
 * What a client of nodes or coordinators is set to.
 *
 * @param connectTimeout until a connection stands
 * @param requestTimeout without progress: a transfer may take longer as long as bytes move. Time in
 *     which the caller itself neither sends nor takes bytes does not count
 * @param maxConnections to one server, for calls that depend on nobody but the server: HEAD,
 *     DELETE, uploads of bytes in memory. Uploads that stream and reads have as many each, at least
 *     1,024, since a slow client holds theirs
 * @param maxWaiting requests that may wait for a connection to one server, beside as many as there
 *     are connections, which may all be in the making; one more fails at once
 * @param writeToken shown with PUT and DELETE; empty for none
 * @param originals servers of the original Backpack, which say less, are accepted: a PUT is stored
 *     and a DELETE done when the status says so, a photo needs no version, and 404 and 410 need no
 *     code. Without it such an answer is taken for that of some other server at the address, which
 *     knows nothing of photos
 * @param batches small uploads from one event loop that are in memory share requests, as the roles
 *     want it that talk to nodes; a server that does not know such requests gets single ones
 * @param uploadMemory bytes that uploads of bytes in memory to one server may hold at a time; one
 *     more fails at once, so that a server that hangs does not get all the memory there is
 */
public record HttpStoreSettings(
    Duration connectTimeout,
    Duration requestTimeout,
    int maxConnections,
    int maxWaiting,
    String writeToken,
    boolean originals,
    boolean batches,
    long uploadMemory) {
  /** Bytes of uploads in memory on their way to one server. */
  public static final long DEFAULT_UPLOAD_MEMORY = 64L << 20;

  public static final HttpStoreSettings DEFAULT =
      new HttpStoreSettings(Duration.ofSeconds(2), Duration.ofSeconds(10), 64, 1024, "");

  public HttpStoreSettings {
    if (connectTimeout.toMillis() < 1
        || requestTimeout.toMillis() < 1
        || maxConnections < 1
        || maxWaiting < 0
        || uploadMemory < 1) {
      throw new IllegalArgumentException("a timeout or limit of the HTTP client is out of range");
    }
  }

  /** For servers of this Backpack. */
  public HttpStoreSettings(
      Duration connectTimeout,
      Duration requestTimeout,
      int maxConnections,
      int maxWaiting,
      String writeToken) {
    this(
        connectTimeout,
        requestTimeout,
        maxConnections,
        maxWaiting,
        writeToken,
        false,
        false,
        DEFAULT_UPLOAD_MEMORY);
  }

  public HttpStoreSettings withWriteToken(String token) {
    return new HttpStoreSettings(
        connectTimeout,
        requestTimeout,
        maxConnections,
        maxWaiting,
        token,
        originals,
        batches,
        uploadMemory);
  }

  public HttpStoreSettings withOriginals() {
    return new HttpStoreSettings(
        connectTimeout,
        requestTimeout,
        maxConnections,
        maxWaiting,
        writeToken,
        true,
        batches,
        uploadMemory);
  }

  public HttpStoreSettings withBatches() {
    return new HttpStoreSettings(
        connectTimeout,
        requestTimeout,
        maxConnections,
        maxWaiting,
        writeToken,
        originals,
        true,
        uploadMemory);
  }

  public HttpStoreSettings withUploadMemory(long bytes) {
    return new HttpStoreSettings(
        connectTimeout,
        requestTimeout,
        maxConnections,
        maxWaiting,
        writeToken,
        originals,
        batches,
        bytes);
  }

  /**
   * How long a request may wait for its connection: longer than one takes to be made or to fail, so
   * that a server that cannot be reached is told from a pool without a free connection; and shorter
   * than {@link #requestTimeout} where the connect timeout is, so that it is known before a caller
   * who waits that long for the answer takes the server for dead.
   */
  Duration connectionWait() {
    return connectTimeout.plus(requestTimeout.dividedBy(4));
  }
}
