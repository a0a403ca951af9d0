package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;

/**
 * The target of a request as it was sent: nothing is normalised, so that a name arrives as the
 * client wrote it.
 *
 * @param path percent-encoded, with its leading slash; bytes beyond ASCII that were sent plain are
 *     percent-encoded here
 * @param query without its question mark; empty when there is none
 */
record Target(String path, String query) {
  /**
   * Splits a request target (RFC 9112, section 3.2); the absolute form is accepted as well.
   *
   * @param uri as the HTTP decoder read it: one char per byte
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST}
   */
  static Target of(String uri) {
    String rest = uri;
    if (!uri.startsWith("/")) {
      int scheme = uri.indexOf("://");
      if (!uri.startsWith("http") || scheme < 0) {
        throw new BackpackException(
            ErrorCode.BAD_REQUEST, "the request target does not begin with a slash");
      }
      int slash = uri.indexOf('/', scheme + 3);
      rest = slash < 0 ? "/" : uri.substring(slash);
    }
    int question = rest.indexOf('?');
    return question < 0
        ? new Target(ascii(rest), "")
        : new Target(ascii(rest.substring(0, question)), ascii(rest.substring(question + 1)));
  }

  private static String ascii(String text) {
    int plain = 0;
    while (plain < text.length() && text.charAt(plain) < 0x80) {
      plain++;
    }
    if (plain == text.length()) {
      return text;
    }
    StringBuilder out = new StringBuilder(text.length() + 32).append(text, 0, plain);
    for (int i = plain; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < 0x80) {
        out.append(c);
      } else if (c <= 0xff) {
        out.append('%')
            .append(Character.forDigit(c >> 4, 16))
            .append(Character.forDigit(c & 15, 16));
      } else {
        throw new BackpackException(ErrorCode.BAD_REQUEST, "the request target is not ASCII");
      }
    }
    return out.toString();
  }

  /**
   * The percent-encoded name of a photo: the path without its slash.
   *
   * @param withQuery the query belongs to the name, as in the original
   */
  String name(boolean withQuery) {
    String name = path.substring(1);
    return withQuery && !query.isEmpty() ? name + "?" + query : name;
  }

  /**
   * The decoded path when it is one of the node's own, however it is encoded; else null. Costs a
   * look at one character for nearly all photos.
   */
  String page() {
    char first = path.length() > 1 ? path.charAt(1) : '/';
    if (first != '_' && first != 's' && first != '%') {
      return null;
    }
    String decoded = path.indexOf('%') < 0 ? path : decoded();
    return decoded.equals("/stats") || decoded.equals("/_") || decoded.startsWith("/_/")
        ? decoded
        : null;
  }

  private String decoded() {
    StringBuilder out = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      int high = c == '%' && i + 2 < path.length() ? Character.digit(path.charAt(i + 1), 16) : -1;
      int low = high >= 0 ? Character.digit(path.charAt(i + 2), 16) : -1;
      if (low >= 0) {
        out.append((char) (high << 4 | low));
        i += 2;
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
