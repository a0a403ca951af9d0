package io.backpack.cli.client;

import io.backpack.cli.CliException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;

/** What commands that ask a server read from their command lines. */
public final class Servers {
  private Servers() {}

  /**
   * A URL without a slash at its end.
   *
   * @throws CliException {@link CliException#USAGE} when it is not one of a server
   */
  public static String url(String url) {
    URI uri;
    try {
      uri = URI.create(url);
    } catch (IllegalArgumentException e) {
      throw notAnUrl(url);
    }
    boolean http = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    if (!http || uri.getHost() == null) {
      throw notAnUrl(url);
    }
    return url.replaceFirst("/+$", "");
  }

  private static CliException notAnUrl(String url) {
    return new CliException(
        CliException.USAGE, "'" + url + "' is not the URL of a server, as http://127.0.0.1:8080");
  }

  /**
   * A token.
   *
   * @param file null when none was named
   * @param otherwise the token then, which may be null
   * @throws CliException {@link CliException#USAGE} when the file cannot be read
   */
  public static String token(Path file, String otherwise) {
    if (file == null) {
      return otherwise == null ? "" : otherwise.strip();
    }
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new CliException(CliException.USAGE, "cannot read the token file " + file);
    }
  }
}
