package io.backpack.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code ./backpack}, with programs in the place of Java and Maven that tell what they were asked.
 */
class StartScriptTest {
  private record Ended(int code, String out) {}

  @TempDir Path directory;
  private final Map<String, String> environment = new HashMap<>();
  private Path home;
  private Path bin;

  @BeforeEach
  void copyOfTheTree() throws IOException {
    home = Files.createDirectories(directory.resolve("a home"));
    bin = Files.createDirectories(directory.resolve("bin"));
    Files.copy(Path.of("backpack"), home.resolve("backpack"));
    executable(home.resolve("backpack"));
    Files.createDirectories(home.resolve("src/main"));
    Files.writeString(home.resolve("src/main/A.java"), "");
    Files.writeString(home.resolve("pom.xml"), "");
    java("17.0.1");
    program(
        "mvn",
        "echo \"mvn $*\"; sleep 0.3; mkdir -p target; echo built >> built; : >"
            + " target/backpack.jar");
  }

  private void java(String version) throws IOException {
    program(
        "java",
        "if [ \"$1\" = -version ]; then echo 'openjdk version \""
            + version
            + "\" 2025' >&2; exit; fi; echo \"java $*\"");
  }

  private void program(String name, String script) throws IOException {
    executable(Files.writeString(bin.resolve(name), "#!/bin/sh\n" + script + "\n"));
  }

  private static void executable(Path file) throws IOException {
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Process launch(Path script, String... args) throws IOException {
    ProcessBuilder builder = new ProcessBuilder(script.toString());
    builder.command().addAll(List.of(args));
    builder.environment().put("PATH", bin + ":/usr/bin:/bin");
    builder.environment().remove("JAVA_HOME");
    builder.environment().remove("BACKPACK_JAVA_OPTS");
    builder.environment().putAll(environment);
    return builder.directory(directory.toFile()).redirectErrorStream(true).start();
  }

  private static Ended end(Process process) throws IOException, InterruptedException {
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(process.waitFor(20, TimeUnit.SECONDS));
    return new Ended(process.exitValue(), out);
  }

  private Ended run(String... args) throws IOException, InterruptedException {
    return end(launch(home.resolve("backpack"), args));
  }

  private long builds() throws IOException {
    Path built = home.resolve("built");
    return Files.exists(built) ? Files.readAllLines(built).size() : 0;
  }

  @Test
  void buildsWhatIsMissingOrOlder() throws Exception {
    Ended first = run("stat", "a b");
    assertEquals(0, first.code(), first.out());
    assertTrue(first.out().startsWith("backpack: building target/backpack.jar"), first.out());
    assertTrue(first.out().contains("mvn -q -B package"), first.out());
    assertTrue(first.out().endsWith("-jar " + home + "/target/backpack.jar stat a b\n"));
    assertEquals(1, builds());
    assertTrue(run("stat").out().startsWith("java "));
    assertEquals(1, builds());
    Files.setLastModifiedTime(
        home.resolve("src/main/A.java"), FileTime.from(Instant.now().plusSeconds(5)));
    assertEquals(0, run("stat").code());
    assertEquals(2, builds());
  }

  @Test
  void twoAtOnceBuildOnce() throws Exception {
    Process one = launch(home.resolve("backpack"), "stat");
    Process two = launch(home.resolve("backpack"), "stat");
    assertEquals(0, end(one).code());
    assertEquals(0, end(two).code());
    assertEquals(1, builds());
  }

  @Test
  void worksThroughLinks() throws Exception {
    Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("a home/backpack"));
    Path second = Files.createSymbolicLink(bin.resolve("backpack"), link);
    Ended ended = end(launch(second, "rm"));
    assertEquals(0, ended.code(), ended.out());
    assertTrue(ended.out().contains(home + "/target/backpack.jar rm"), ended.out());
  }

  @Test
  void flagsFitTheJavaAndTheCommand() throws Exception {
    String client = run("get").out();
    assertTrue(client.contains("-XX:TieredStopAtLevel=1"), client);
    assertTrue(!client.contains("sun-misc-unsafe"), client);
    java("25");
    String server = run("standalone", "--nodes", "1").out();
    assertTrue(server.contains("-XX:+ExitOnOutOfMemoryError"), server);
    assertTrue(server.contains("--sun-misc-unsafe-memory-access=allow"), server);
    assertTrue(server.contains("--enable-native-access=ALL-UNNAMED"), server);
    assertTrue(server.endsWith("standalone --nodes 1\n"), server);
  }

  /** Of two settings that differ Java takes the later one. */
  @Test
  void optionsOfTheUserComeAfterItsOwn() throws Exception {
    run("stat");
    environment.put("BACKPACK_JAVA_OPTS", "-XX:MaxRAMPercentage=60 -Xss1m");
    String server = run("node", "--config", "a b").out();
    assertTrue(server.startsWith("java -XX:MaxRAMPercentage=30 "), server);
    assertTrue(
        server.endsWith(
            " -XX:MaxRAMPercentage=60 -Xss1m -jar "
                + home
                + "/target/backpack.jar node --config a b\n"),
        server);
  }

  @Test
  void serversTakeAnArchiveOfClassesThatFitsJarAndJava() throws Exception {
    run("stat");
    Path archive = Files.writeString(home.resolve("target/backpack-17.jsa"), "");
    Instant built = Files.getLastModifiedTime(home.resolve("target/backpack.jar")).toInstant();
    Files.setLastModifiedTime(archive, FileTime.from(built.plusSeconds(5)));
    String option = "-XX:SharedArchiveFile=" + archive;
    assertTrue(run("node").out().contains(option));
    assertTrue(!run("stat").out().contains(option));
    java("25");
    assertTrue(!run("node").out().contains("-XX:SharedArchiveFile"));
    java("17.0.1");
    Files.setLastModifiedTime(archive, FileTime.from(built.minusSeconds(5)));
    assertTrue(!run("node").out().contains(option));
  }

  @Test
  void saysWhatToInstall() throws Exception {
    java("11.0.2");
    Ended old = run("stat");
    assertEquals(1, old.code());
    assertTrue(old.out().contains("Java 17 or later is needed"), old.out());
    assertTrue(old.out().contains("apt install openjdk-17-jre-headless"), old.out());
    java("17");
    program("mvn", "exit 1");
    Ended failed = run("stat");
    assertEquals(1, failed.code());
    assertTrue(failed.out().contains("the build failed"), failed.out());
  }

  @Test
  void isCleanForShellcheck() throws Exception {
    for (String script : List.of("backpack", "docker/entrypoint.sh", "bench/run")) {
      Ended ended = end(new ProcessBuilder("shellcheck", script).redirectErrorStream(true).start());
      assertEquals(new Ended(0, ""), ended);
    }
  }
}
