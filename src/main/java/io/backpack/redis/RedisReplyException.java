package io.backpack.redis;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The server answered with an error: the command was understood as refused, nothing is unknown.
 *
 * <p>It is an answer and no fault of the program, so it has no stack trace.
 */
public final class RedisReplyException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The client marks the errors of a batch with their position before it hands them on. */
  private static final Pattern CODE = Pattern.compile("(?:ERR \\[\\d+] ?)?-?([A-Z][A-Z0-9]*)");

  RedisReplyException(String message) {
    super(message, null, false, false);
  }

  /**
   * The first word of the server's answer, which says what kind of error it is: {@code NOSCRIPT},
   * {@code OOM}, {@code LOADING}, {@code READONLY} and so on, {@code ERR} for all others.
   */
  public String code() {
    Matcher matcher = CODE.matcher(getMessage());
    return matcher.lookingAt() ? matcher.group(1) : "ERR";
  }

  /**
   * Whether the server is at its {@code maxmemory}; before 7.0 a script's error has another code.
   */
  public boolean outOfMemory() {
    return getMessage().contains("OOM command not allowed");
  }
}
