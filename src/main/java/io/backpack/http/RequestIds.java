package io.backpack.http;

import io.backpack.api.Trace;
import io.vertx.core.MultiMap;
import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** The headers that tie log lines of one request together across machines. */
final class RequestIds {
  private static final int LONGEST = 128;

  private RequestIds() {}

  /** What the client sent where it is sound; an id is made up where it is not. */
  static Trace of(MultiMap headers) {
    String id = headers.get(Headers.REQUEST_ID);
    String parent = headers.get(Headers.TRACEPARENT);
    return new Trace(
        sound(id) ? id : HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong()),
        sound(parent) ? parent : "");
  }

  /** The same of texts that stand elsewhere; what is not sound is left out. */
  static Trace of(String id, String parent) {
    return new Trace(sound(id) ? id : "", sound(parent) ? parent : "");
  }

  /** Short and visible ASCII, so that it can stand in any header and any log line. */
  private static boolean sound(String text) {
    if (text == null || text.isEmpty() || text.length() > LONGEST) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) <= ' ' || text.charAt(i) > '~') {
        return false;
      }
    }
    return true;
  }
}
