package io.backpack.api;

import io.vertx.core.buffer.Buffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Decides the media type of a photo: what its client named if that says something, else what its
 * first bytes look like, else what its name ends in.
 *
 * <p>The signatures are those of the formats' own specifications.
 */
public final class ContentTypes {
  /** A type that says nothing. */
  public static final String UNKNOWN = "application/octet-stream";

  /** How many of the first bytes matter. */
  public static final int HEAD = 512;

  private static final int MAX_LENGTH = 255;
  private static final String TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
  private static final Pattern MEDIA_TYPE =
      Pattern.compile(
          TOKEN
              + "/"
              + TOKEN
              + "(?:[ \t]*;[ \t]*"
              + TOKEN
              + "=(?:"
              + TOKEN
              + "|\"[ !#-\\[\\]-~]*\"))*");

  private static final Set<String> RASTER =
      Set.of(
          "image/jpeg",
          "image/png",
          "image/gif",
          "image/webp",
          "image/avif",
          "image/heic",
          "image/heif",
          "image/jxl",
          "image/bmp",
          "image/tiff",
          "image/x-icon",
          "image/vnd.microsoft.icon");

  private static final Map<String, String> BY_ENDING =
      Map.ofEntries(
          Map.entry("jpg", "image/jpeg"),
          Map.entry("jpeg", "image/jpeg"),
          Map.entry("jpe", "image/jpeg"),
          Map.entry("png", "image/png"),
          Map.entry("gif", "image/gif"),
          Map.entry("webp", "image/webp"),
          Map.entry("avif", "image/avif"),
          Map.entry("heic", "image/heic"),
          Map.entry("heif", "image/heif"),
          Map.entry("jxl", "image/jxl"),
          Map.entry("bmp", "image/bmp"),
          Map.entry("tif", "image/tiff"),
          Map.entry("tiff", "image/tiff"),
          Map.entry("ico", "image/x-icon"),
          Map.entry("svg", "image/svg+xml"),
          Map.entry("mp4", "video/mp4"),
          Map.entry("webm", "video/webm"),
          Map.entry("pdf", "application/pdf"),
          Map.entry("json", "application/json"),
          Map.entry("txt", "text/plain"),
          Map.entry("html", "text/html"));

  private ContentTypes() {}

  /**
   * What a client named, or empty when that is missing, malformed or says nothing: clients send
   * {@code application/octet-stream} and {@code application/x-www-form-urlencoded} without thought.
   *
   * @param header may be null
   */
  public static String announced(String header) {
    if (header == null) {
      return "";
    }
    String type = header.strip();
    if (type.length() > MAX_LENGTH || !MEDIA_TYPE.matcher(type).matches()) {
      return "";
    }
    String essence = essence(type);
    return essence.equals(UNKNOWN) || essence.equals("application/x-www-form-urlencoded")
        ? ""
        : type;
  }

  /**
   * The type to store.
   *
   * @param announced by the client, as {@link #announced} or the plain header
   * @param head the first {@link #HEAD} bytes or more, or all there are
   */
  public static String decide(String announced, PhotoName name, Buffer head) {
    String named = announced(announced);
    if (!named.isEmpty()) {
      return named;
    }
    String seen = ofBytes(head);
    return seen.isEmpty() ? ofEnding(name.value()) : seen;
  }

  /**
   * Whether browsers show this type as a picture and nothing else, so that it can carry no script.
   */
  public static boolean isRaster(String type) {
    return RASTER.contains(type) || RASTER.contains(essence(type));
  }

  private static String essence(String type) {
    int end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).strip().toLowerCase(Locale.ROOT);
  }

  private static String ofEnding(String name) {
    int dot = name.lastIndexOf('.');
    String ending = name.substring(dot + 1).toLowerCase(Locale.ROOT);
    return dot < 0 ? UNKNOWN : BY_ENDING.getOrDefault(ending, UNKNOWN);
  }

  private static String ofBytes(Buffer bytes) {
    String head = bytes.getString(0, Math.min(bytes.length(), 32), "ISO-8859-1");
    if (head.startsWith("\u00ff\u00d8\u00ff")) {
      return "image/jpeg";
    }
    if (head.startsWith("\u0089PNG\r\n\u001a\n")) {
      return "image/png";
    }
    if (head.startsWith("GIF87a") || head.startsWith("GIF89a")) {
      return "image/gif";
    }
    if (head.startsWith("RIFF") && head.startsWith("WEBP", 8)) {
      return "image/webp";
    }
    if (head.startsWith("ftyp", 4)) {
      return ofBrand(head);
    }
    if (head.startsWith("\u00ff\n") || head.startsWith("\0\0\0\fJXL \r\n\u0087\n")) {
      return "image/jxl";
    }
    if (head.startsWith("II*\0") || head.startsWith("MM\0*")) {
      return "image/tiff";
    }
    if (head.startsWith("BM") && bytes.length() >= 26) {
      return "image/bmp";
    }
    if (head.startsWith("\0\0\1\0")) {
      return "image/x-icon";
    }
    if (head.startsWith("%PDF-")) {
      return "application/pdf";
    }
    if (head.startsWith("\u001aE\u00df\u00a3")) {
      return "video/webm";
    }
    return looksLikeSvg(bytes) ? "image/svg+xml" : "";
  }

  /** The major brand of an ISO base media file (ISO/IEC 14496-12) tells what it is. */
  private static String ofBrand(String head) {
    return switch (head.length() < 12 ? "" : head.substring(8, 12)) {
      case "avif", "avis" -> "image/avif";
      case "heic", "heix", "heim", "heis", "hevc", "hevx" -> "image/heic";
      case "mif1", "msf1" -> "image/heif";
      default -> "video/mp4";
    };
  }

  private static boolean looksLikeSvg(Buffer bytes) {
    String text =
        bytes
            .getString(0, Math.min(bytes.length(), HEAD), StandardCharsets.UTF_8.name())
            .stripLeading();
    return text.startsWith("<svg")
        || (text.startsWith("<?xml") || text.startsWith("<!--") || text.startsWith("<!DOCTYPE svg"))
            && text.contains("<svg");
  }
}
