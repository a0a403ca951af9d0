package io.backpack.cli.client;

import io.backpack.api.BackpackException;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoInfo;
import io.backpack.api.Trace;
import io.vertx.core.json.JsonObject;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code stat}. */
@Command(name = "stat", description = "Shows what is known of a photo.")
public final class StatCommand implements Runnable {
  @Spec private CommandSpec spec;
  @Mixin private ServerOptions server;

  @Parameters(paramLabel = "ADDRESS", description = "The path that put printed, as /1:a.jpg.")
  private String address;

  @Option(names = "--json", description = "Prints a JSON object.")
  private boolean json;

  @Override
  public void run() {
    PhotoAddress asked = ClientSession.address(address);
    try (ClientSession session = new ClientSession(server, 1)) {
      PhotoInfo info = ClientSession.await(session.store().stat(asked, Trace.NONE));
      JsonObject shown = PhotoJson.of(asked, info);
      if (json) {
        spec.commandLine().getOut().println(shown.encode());
      } else {
        shown.put("stored", info.version().time().toString());
        shown.forEach(
            field ->
                spec.commandLine()
                    .getOut()
                    .printf("%-13s%s%n", field.getKey() + ":", field.getValue()));
      }
      spec.commandLine().getOut().flush();
    } catch (BackpackException e) {
      throw ClientSession.answer(asked.path(), e);
    }
  }
}
