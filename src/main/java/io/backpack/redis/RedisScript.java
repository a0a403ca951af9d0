package io.backpack.redis;

import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.function.UnaryOperator;

/**
 * A Lua script that Redis is sent once and called by its digest from then on. Redis forgets scripts
 * when it restarts; it is then sent again. Immutable.
 */
public final class RedisScript {
  private final String source;
  private final String sha1;

  private RedisScript(String source, String sha1) {
    this.source = source;
    this.sha1 = sha1;
  }

  public static RedisScript of(String source) {
    try {
      // Redis names scripts by their SHA-1; nothing rests on its strength.
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      byte[] sum = digest.digest(source.getBytes(StandardCharsets.UTF_8));
      return new RedisScript(source, HexFormat.of().formatHex(sum));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-1", e);
    }
  }

  /**
   * Calls the script; loads it first when the server does not know it. A server that does not know
   * the script has not begun it, so the second call is no repetition.
   *
   * @param arguments adds the number of keys, the keys and the arguments to the request; called
   *     twice when the script must be loaded
   */
  public Future<Response> call(RedisLink link, UnaryOperator<Request> arguments) {
    return callLoaded(link, arguments)
        .recover(
            failure ->
                failure instanceof RedisReplyException reply && reply.code().equals("NOSCRIPT")
                    ? load(link).compose(loaded -> callLoaded(link, arguments))
                    : Future.failedFuture(failure));
  }

  /**
   * Calls the script and fails with {@code NOSCRIPT} when the server does not know it. Calls made
   * in one go stay in their order, which {@link #call} cannot promise.
   */
  public Future<Response> callLoaded(RedisLink link, UnaryOperator<Request> arguments) {
    return link.send(arguments.apply(Request.cmd(Command.EVALSHA).arg(sha1)));
  }

  /** Makes the server know the script. */
  public Future<Void> load(RedisLink link) {
    return link.send(Request.cmd(Command.SCRIPT).arg("LOAD").arg(source)).mapEmpty();
  }
}
