package io.backpack.cli.cluster;

import io.backpack.cluster.ClusterAdmin;
import io.backpack.cluster.QueueSettings;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cluster set-queue}. */
@Command(name = "set-queue", description = "Says on which Redis servers copies wait.")
final class SetQueueCommand extends AdminCommand {
  @Option(
      names = "--key",
      defaultValue = ClusterAdmin.DEFAULT_QUEUE_KEY,
      paramLabel = "KEY",
      description = "Prefix of the keys there. Default: ${DEFAULT-VALUE}.")
  private String key;

  @Option(
      names = "--servers",
      required = true,
      split = ",",
      paramLabel = "HOST:PORT",
      description = "Redis servers; copies wait on any one that answers.")
  private List<String> servers;

  @Override
  void run(ClusterAdmin admin) {
    List<QueueSettings.Endpoint> endpoints = servers.stream().map(HostPort::parse).toList();
    warn(admin.setQueue(new QueueSettings(endpoints, key)));
    print("copies wait under key '" + key + "' on " + String.join(", ", servers));
  }
}
