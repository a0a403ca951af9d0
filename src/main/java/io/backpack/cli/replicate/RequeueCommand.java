package io.backpack.cli.replicate;

import io.backpack.cli.CliException;
import io.backpack.cluster.ClusterMap;
import io.backpack.queue.RedisCopyQueue;
import io.vertx.core.Vertx;
import java.util.List;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code replicate requeue}. */
@Command(name = "requeue", description = "Puts dead letters back in line, as new tasks.")
final class RequeueCommand extends QueueCommand {
  /** Which. */
  static final class Which {
    @Option(
        names = "--id",
        paramLabel = "ID",
        split = ",",
        description = "Dead letters, as 'replicate status' shows them.")
    private List<String> ids;

    @Option(names = "--all", description = "All dead letters on all queue servers.")
    private boolean all;
  }

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Which which;

  @Override
  int run(Vertx vertx, ClusterMap map, RedisCopyQueue queue) {
    long asked = which.all ? 0 : which.ids.size();
    long found = await(which.all ? queue.requeueAll() : queue.requeue(which.ids));
    print(found + (found == 1 ? " task is" : " tasks are") + " back in line");
    if (found >= asked) {
      return 0;
    }
    return found == 0 ? CliException.NOT_FOUND : CliException.PARTLY;
  }
}
