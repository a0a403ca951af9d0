package io.backpack.api;

/**
 * What ties the log lines of one request together across machines; passed through unread.
 *
 * @param requestId {@code X-Request-Id}, or empty
 * @param traceparent the W3C header of that name, or empty
 */
public record Trace(String requestId, String traceparent) {
  public static final Trace NONE = new Trace("", "");
}
