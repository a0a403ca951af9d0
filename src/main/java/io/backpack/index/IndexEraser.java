package io.backpack.index;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.redis.RedisLink;
import io.backpack.redis.RedisLinkSettings;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;

/**
 * Deletes the keys of one node in its Redis, so that the node makes its index anew. Only for a node
 * that does not run, and whose directories are held: nothing else keeps others from the keys.
 *
 * <p>What is half deleted is never taken for an index: a mark in {@code meta} comes before the
 * first deletion, the node refuses keys with it, and {@code meta} goes last. The same again
 * finishes what was interrupted.
 */
public final class IndexEraser {
  /** The field of {@code meta} that marks keys as void; {@code claim.lua} knows it. */
  static final String MARK = "erasing";

  private static final int PAGE = 1000;
  private static final int MAX_IN_FLIGHT = 64;

  private final RedisLink link;
  private final RedisIndexSettings settings;
  private final String prefix;
  private final String meta;
  private final int page;

  /** Whose the keys are. */
  private enum Owner {
    OURS,
    /** What an interrupted deletion of this store's keys left, or nothing at all. */
    NOBODY,
    OTHERS,
  }

  private IndexEraser(RedisLink link, RedisIndexSettings settings, int page) {
    this.link = link;
    this.settings = settings;
    this.prefix = "bp:{" + settings.nodeId() + "}:";
    this.meta = prefix + "meta";
    this.page = page;
  }

  /**
   * Deletes them, without making Redis wait for it.
   *
   * @return fails with {@link ErrorCode#INDEX_UNAVAILABLE} when Redis is away, and some keys may be
   *     deleted then; or when the keys belong to another store: nothing is deleted then
   */
  public static Future<Void> erase(Vertx vertx, RedisIndexSettings settings) {
    return erase(vertx, settings, Owner.OTHERS, PAGE);
  }

  /**
   * The same the other way round, for a node whose store is lost for good: deletes them when they
   * are of another store, or were being deleted, and leaves those of this one.
   */
  public static Future<Void> eraseForeign(Vertx vertx, RedisIndexSettings settings) {
    return erase(vertx, settings, Owner.OURS, PAGE);
  }

  /**
   * @param page keys that are looked at in one step
   */
  static Future<Void> erase(Vertx vertx, RedisIndexSettings settings, int page) {
    return erase(vertx, settings, Owner.OTHERS, page);
  }

  private static Future<Void> erase(
      Vertx vertx, RedisIndexSettings settings, Owner spared, int page) {
    RedisLink link =
        RedisLink.create(
            vertx, new RedisLinkSettings(settings.uri(), settings.timeout(), MAX_IN_FLIGHT));
    IndexEraser eraser = new IndexEraser(link, settings, page);
    return link.firstAttempt()
        .compose(attempt -> eraser.owner())
        .compose(
            owner -> {
              if (owner != spared) {
                return eraser.run();
              }
              return owner == Owner.OURS
                  ? Future.succeededFuture()
                  : Future.failedFuture(eraser.othersKeys());
            })
        .recover(failure -> Future.failedFuture(eraser.unfinished(failure)))
        .eventually(link::close);
  }

  private Future<Owner> owner() {
    return link.send(Request.cmd(Command.HMGET).arg(meta).arg("cookie").arg(MARK))
        .map(
            found -> {
              Response cookie = found.get(0);
              boolean ours = cookie != null && cookie.toString().equals(settings.cookie());
              if (cookie == null || ours && found.get(1) != null) {
                return Owner.NOBODY;
              }
              return ours ? Owner.OURS : Owner.OTHERS;
            });
  }

  private BackpackException unfinished(Throwable failure) {
    BackpackException known = BackpackException.of(failure);
    if (known.code() == ErrorCode.INDEX_UNAVAILABLE) {
      return known;
    }
    String why =
        failure instanceof BackpackException
            ? failure.getMessage()
            : "Redis at " + link.server() + ": " + failure.getMessage();
    return new BackpackException(
        ErrorCode.INDEX_UNAVAILABLE,
        why + "; the keys " + prefix + "* may be deleted in part, the same command does the rest",
        failure);
  }

  private BackpackException othersKeys() {
    return new BackpackException(
        ErrorCode.INDEX_UNAVAILABLE,
        "the keys "
            + prefix
            + "* in Redis at "
            + link.server()
            + " belong to another store: correct storage.redis, or give backpack node --replace"
            + " again if it was interrupted");
  }

  private Future<Void> run() {
    Promise<Void> deleted = Promise.promise();
    // Without its epoch nobody writes to it any more who may have claimed it before.
    return link.send(Request.cmd(Command.HSET).arg(meta).arg(MARK).arg(1).arg("epoch").arg(""))
        .compose(
            marked -> {
              pages("0", deleted);
              return deleted.future();
            })
        .compose(done -> link.send(Request.cmd(Command.DEL).arg(meta)))
        .mapEmpty();
  }

  /** One future for all pages: there may be more of them than fit on a stack. */
  private void pages(String cursor, Promise<Void> deleted) {
    link.send(
            Request.cmd(Command.SCAN)
                .arg(cursor)
                .arg("MATCH")
                .arg(prefix + "*")
                .arg("COUNT")
                .arg(page))
        .compose(found -> unlink(found.get(1)).map(found.get(0).toString()))
        .onFailure(deleted::fail)
        .onSuccess(
            next -> {
              if (next.equals("0")) {
                deleted.complete();
              } else {
                pages(next, deleted);
              }
            });
  }

  /** All of them but {@code meta}. */
  private Future<Void> unlink(Response keys) {
    Request request = Request.cmd(Command.UNLINK);
    int count = 0;
    for (Response key : keys) {
      if (!key.toString().equals(meta)) {
        request.arg(key.toBytes());
        count++;
      }
    }
    return count == 0 ? Future.succeededFuture() : link.send(request).mapEmpty();
  }
}
