package io.backpack.cli.client;

import io.backpack.api.BackpackException;
import io.backpack.api.DeleteOptions;
import io.backpack.api.PhotoAddress;
import io.backpack.cli.CliException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code rm}. */
@Command(name = "rm", description = "Deletes photos; prints the path of each, one a line.")
public final class RmCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private ServerOptions server;

  @Parameters(
      arity = "1..*",
      paramLabel = "ADDRESS",
      description = "Paths that put printed, as /1:a.jpg.")
  private List<String> addresses;

  @Override
  public Integer call() {
    List<PhotoAddress> asked = addresses.stream().map(ClientSession::address).toList();
    int done = 0;
    int missing = 0;
    try (ClientSession session = new ClientSession(server, 1)) {
      for (PhotoAddress address : asked) {
        try {
          ClientSession.await(session.store().delete(address, DeleteOptions.DEFAULT));
          spec.commandLine().getOut().println(address.path());
          done++;
        } catch (BackpackException e) {
          spec.commandLine()
              .getErr()
              .println("backpack rm: " + address.path() + ": " + ClientSession.text(e));
          if (ClientSession.exitCode(e) == CliException.NOT_FOUND) {
            missing++;
          }
        }
      }
    }
    spec.commandLine().getOut().flush();
    if (done == asked.size()) {
      return 0;
    }
    if (done > 0) {
      return CliException.PARTLY;
    }
    return missing == asked.size() ? CliException.NOT_FOUND : CliException.FAILED;
  }
}
