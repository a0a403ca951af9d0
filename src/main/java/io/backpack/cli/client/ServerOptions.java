package io.backpack.cli.client;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** Which server a client command asks, and what it shows there. */
final class ServerOptions {
  @Option(
      names = "--url",
      paramLabel = "URL",
      defaultValue = "${env:BACKPACK_URL:-http://127.0.0.1:8080}",
      description = {
        "A coordinator or a node; also BACKPACK_URL.",
        "Default: http://127.0.0.1:8080"
      })
  private String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "File with the write token; without it, BACKPACK_TOKEN is the token.")
  private Path tokenFile;

  @Option(
      names = "--token",
      hidden = true,
      defaultValue = "${env:BACKPACK_TOKEN:-}",
      description = "The write token. Hidden, since arguments are seen by other users.")
  private String token;

  /** The server, checked to be a URL. */
  String url() {
    return Servers.url(url);
  }

  /** The write token, or empty. */
  String token() {
    return Servers.token(tokenFile, token);
  }
}
