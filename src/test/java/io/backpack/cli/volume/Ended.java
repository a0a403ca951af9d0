package io.backpack.cli.volume;

import io.backpack.cli.CliException;
import java.io.PrintWriter;
import java.io.StringWriter;
import picocli.CommandLine;

/** How a {@code volume} command ended, and what it printed. */
record Ended(int code, String out, String err) {
  /** Runs one as the program does, in this process. */
  static Ended run(String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code =
        new CommandLine(new VolumeCommand())
            .setOut(new PrintWriter(out))
            .setErr(new PrintWriter(err))
            .setExecutionExceptionHandler(
                (failure, line, result) -> {
                  line.getErr().println(failure.getMessage());
                  if (failure instanceof CliException answer) {
                    return answer.exitCode();
                  }
                  throw new AssertionError(failure);
                })
            .execute(arguments);
    return new Ended(code, out.toString(), err.toString());
  }
}
