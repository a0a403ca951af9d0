package io.backpack.http;

import io.backpack.api.ImageInfo;
import io.vertx.core.json.JsonObject;
import java.util.Optional;

/** The header {@link Headers#IMAGE}. */
final class ImageHeader {
  private ImageHeader() {}

  static String format(ImageInfo image) {
    return "width="
        + image.width()
        + ", height="
        + image.height()
        + ", orientation="
        + image.orientation();
  }

  /**
   * What it says; nothing when it is missing or says none of it right. Unknown members and the
   * parameters of members are passed over, as RFC 8941 wants it.
   *
   * @param header may be null
   */
  static Optional<ImageInfo> parse(String header) {
    if (header == null) {
      return Optional.empty();
    }
    JsonObject members = new JsonObject();
    for (String member : header.split(",", -1)) {
      int equals = member.indexOf('=');
      if (equals < 0) {
        continue;
      }
      int parameters = member.indexOf(';', equals);
      String value = member.substring(equals + 1, parameters < 0 ? member.length() : parameters);
      try {
        members.put(member.substring(0, equals).strip(), Integer.valueOf(value.strip()));
      } catch (NumberFormatException e) {
        members.remove(member.substring(0, equals).strip());
      }
    }
    return ImageInfo.ofJson(members);
  }
}
