package io.backpack.cli.cluster;

import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.QueueSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cluster nginx}. */
@Command(
    name = "nginx",
    description =
        "Prints shards.conf, the part of the nginx configuration that depends on the cluster map."
            + " Run it again, and reload nginx, when servers or shards were added or changed.")
final class NginxCommand extends AdminCommand {
  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Replaces FILE as a whole instead of printing.")
  private Path out;

  @Option(
      names = "--coordinator",
      paramLabel = "HOST:PORT",
      description = "A coordinator, for the upstream backpack_coordinators; may be repeated.")
  private List<String> coordinators = List.of();

  @Override
  void run(ClusterAdmin admin) throws IOException {
    List<QueueSettings.Endpoint> endpoints = coordinators.stream().map(HostPort::parse).toList();
    NginxShards shards = NginxShards.of(admin.map(), endpoints);
    warn(shards.warnings());
    if (out == null) {
      print(shards.text().stripTrailing());
      return;
    }
    replace(out.toAbsolutePath(), shards.text());
    print("wrote " + out + "; then: nginx -t && nginx -s reload");
  }

  /** nginx may read it at any time, and must never see half of it. */
  private static void replace(Path file, String text) throws IOException {
    Path temporary = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(temporary, text);
    Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
  }
}
