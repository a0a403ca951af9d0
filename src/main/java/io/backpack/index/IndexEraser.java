package io.backpack.index;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.redis.RedisLink;
import io.backpack.redis.RedisLinkSettings;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.util.List;

/**
 * Deletes the keys of one node in its Redis, so that the node makes its index anew. Only for a node
 * that does not run, and whose directories are held: nothing else keeps others from the keys.
 */
public final class IndexEraser {
  private static final int PAGE = 1000;
  private static final int MAX_IN_FLIGHT = 64;

  private final RedisLink link;
  private final RedisIndexSettings settings;
  private final String prefix;

  private IndexEraser(RedisLink link, RedisIndexSettings settings) {
    this.link = link;
    this.settings = settings;
    this.prefix = "bp:{" + settings.nodeId() + "}:";
  }

  /**
   * Deletes them, without making Redis wait for it.
   *
   * @return how many keys there were. Fails with {@link ErrorCode#INDEX_UNAVAILABLE} when Redis is
   *     away, or when the keys belong to another store: nothing is deleted then
   */
  public static Future<Long> erase(Vertx vertx, RedisIndexSettings settings) {
    return erase(vertx, settings, false);
  }

  /**
   * The same the other way round, for a node whose store is lost for good: deletes them when they
   * are of another store, and leaves those of this one.
   */
  public static Future<Long> eraseForeign(Vertx vertx, RedisIndexSettings settings) {
    return erase(vertx, settings, true);
  }

  private static Future<Long> erase(Vertx vertx, RedisIndexSettings settings, boolean foreign) {
    RedisLink link =
        RedisLink.create(
            vertx, new RedisLinkSettings(settings.uri(), settings.timeout(), MAX_IN_FLIGHT));
    IndexEraser eraser = new IndexEraser(link, settings);
    return link.firstAttempt()
        .compose(attempt -> eraser.owned())
        .compose(
            owned -> {
              if (foreign) {
                return owned ? Future.succeededFuture(0L) : eraser.page("0", 0);
              }
              return owned ? eraser.page("0", 0) : Future.failedFuture(eraser.othersKeys());
            })
        .recover(
            failure ->
                Future.failedFuture(
                    failure instanceof BackpackException
                        ? failure
                        : new BackpackException(
                            ErrorCode.INDEX_UNAVAILABLE,
                            "Redis at " + link.server() + ": " + failure.getMessage(),
                            failure)))
        .eventually(link::close);
  }

  /** Whether the keys are of this store; there may be none. */
  private Future<Boolean> owned() {
    return link.send(Request.cmd(Command.HGET).arg(prefix + "meta").arg("cookie"))
        .map(cookie -> cookie == null || cookie.toString().equals(settings.cookie()));
  }

  private BackpackException othersKeys() {
    return new BackpackException(
        ErrorCode.INDEX_UNAVAILABLE,
        "the keys "
            + prefix
            + "* in Redis at "
            + link.server()
            + " belong to another store: correct storage.redis");
  }

  private Future<Long> page(String cursor, long before) {
    return link.send(
            Request.cmd(Command.SCAN)
                .arg(cursor)
                .arg("MATCH")
                .arg(prefix + "*")
                .arg("COUNT")
                .arg(PAGE))
        .compose(
            page -> {
              String next = page.get(0).toString();
              List<Response> keys = page.get(1).stream().toList();
              Future<Long> deleted = keys.isEmpty() ? Future.succeededFuture(0L) : unlink(keys);
              return deleted.compose(
                  count ->
                      next.equals("0")
                          ? Future.succeededFuture(before + count)
                          : page(next, before + count));
            });
  }

  private Future<Long> unlink(List<Response> keys) {
    Request request = Request.cmd(Command.UNLINK);
    keys.forEach(key -> request.arg(key.toBytes()));
    return link.send(request).map(Response::toLong);
  }
}
