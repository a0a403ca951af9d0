package io.backpack.cli.volume;

import io.backpack.cli.client.Servers;
import java.nio.file.Path;
import picocli.CommandLine.Option;

/** A node that runs and is asked over HTTP, in the place of its directories. */
final class RemoteOptions {
  @Option(
      names = "--url",
      paramLabel = "URL",
      description = "A node that runs, which is asked instead of --dir, --data or --config.")
  private String url;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description = "File with the admin token for --url; without it, BACKPACK_TOKEN is the token.")
  private Path tokenFile;

  /** Whether it was named. */
  boolean given() {
    return url != null;
  }

  NodeClient client() {
    return new NodeClient(
        Servers.url(url), Servers.token(tokenFile, System.getenv("BACKPACK_TOKEN")));
  }
}
