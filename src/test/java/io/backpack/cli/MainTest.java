package io.backpack.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonArray;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

/** Usage, help and exit codes, as a user meets them. */
class MainTest {
  private static final String GOOD =
      """
      cluster: {zookeeper: "127.0.0.1:2181"}
      storage: {id: 1, dirs: [/data/1], redis: "redis://:hidden@h"}
      """;

  private record Ended(int code, String out, String err) {}

  @TempDir Path directory;

  private static Ended run(String... args) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    int code = Main.run(new PrintWriter(out, true), new PrintWriter(err, true), args);
    return new Ended(code, out.toString(), err.toString());
  }

  private String file(String yaml) throws IOException {
    return Files.writeString(directory.resolve("n.yaml"), yaml).toString();
  }

  @ParameterizedTest
  @CsvSource({
    "''",
    "nosuch",
    "--nosuch",
    "config",
    "config nosuch",
    "config check --nosuch",
    "config check --config",
    "standalone --port x",
    "standalone --port 0",
    "standalone --nodes 99",
    "cluster",
    "cluster add-server",
  })
  void wrongUsageIsOneLineAndTwo(String line) {
    Ended ended = run(line.isEmpty() ? new String[0] : line.split(" ", -1));
    assertEquals(2, ended.code(), ended.toString());
    assertEquals(1, ended.err().lines().count(), ended.err());
    assertTrue(ended.err().startsWith("backpack"), ended.err());
    assertEquals("", ended.out());
  }

  @Test
  void everyCommandHasHelp() {
    helps(Main.commandLine());
  }

  private static void helps(CommandLine command) {
    String[] path = command.getCommandSpec().qualifiedName().split(" ", -1);
    String[] args = new String[path.length];
    System.arraycopy(path, 1, args, 0, path.length - 1);
    args[path.length - 1] = "--help";
    Ended ended = run(args);
    assertEquals(0, ended.code(), ended.toString());
    assertTrue(ended.out().startsWith("Usage: " + String.join(" ", path)), ended.out());
    command.getSubcommands().values().forEach(MainTest::helps);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--version", "-V"})
  void version(String option) {
    Ended ended = run(option);
    assertEquals(0, ended.code());
    assertTrue(ended.out().startsWith("backpack "), ended.out());
  }

  @Test
  void checkSaysOkOrEverythingThatIsWrong() throws IOException {
    assertEquals(new Ended(0, "ok\n", ""), run("config", "check", "--config", file(GOOD)));
    Ended wrong =
        run("config", "check", "--config", file(GOOD), "--set", "a.b=1", "--set", "http.host=::");
    assertEquals(2, wrong.code());
    assertEquals(2, wrong.err().lines().count(), wrong.err());
    assertTrue(wrong.err().contains("unknown key 'a.b' (--set)"), wrong.err());
    assertTrue(wrong.err().contains("http.write-token: is missing"), wrong.err());
  }

  @Test
  void showPrintsEveryKeyAndNoSecret() throws IOException {
    Ended table = run("config", "show", "--config", file(GOOD), "--set", "storage.sync=never");
    assertEquals(0, table.code());
    assertTrue(
        table.out().lines().anyMatch(l -> l.matches("storage\\.sync +never +--set")), table.out());
    assertTrue(
        table
            .out()
            .lines()
            .anyMatch(l -> l.matches("storage\\.redis +redis://\\*\\*\\*@h .*line 2")),
        table.out());
    assertFalse(table.out().contains("hidden"));

    Ended json = run("config", "show", "--json", "--config", file(GOOD));
    assertEquals(0, json.code());
    assertEquals(table.out().lines().count(), new JsonArray(json.out()).size());
    assertFalse(json.out().contains("hidden"));
  }

  @Test
  void aNodeWithAWrongConfigurationDoesNotStart() throws IOException {
    Ended ended = run("node", "--config", file("cluster: {zookeeper: z}\n"));
    assertEquals(2, ended.code());
    assertEquals(
        "no role: needs a section storage, coordinator or replicator, or several\n", ended.err());
  }
}
