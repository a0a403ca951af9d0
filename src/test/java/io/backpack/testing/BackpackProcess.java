package io.backpack.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * The program as its users start it: a process of its own from the fat jar. Its output goes to a
 * file; it is killed when the test closes it, and when the test's JVM ends.
 */
public final class BackpackProcess implements AutoCloseable {
  /** What a command that ran to its end left behind. */
  public record Finished(int exitCode, String out, String err) {}

  private final String name;
  private final List<String> command;
  private final Path log;
  private final Thread hook = new Thread(this::killNow);
  private volatile Process process;

  /** Characters of the output of the starts before the last one. */
  private volatile int printedBefore;

  private BackpackProcess(String name, List<String> command, Path log) {
    this.name = name;
    this.command = command;
    this.log = log;
  }

  /** The java of this run and its flags, ready for {@code -jar} or a main class. */
  private static List<String> java(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(System.getProperty("backpack.java", "java"));
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=4"));
    command.addAll(List.of(arguments));
    return command;
  }

  private static String jar() {
    String jar = System.getProperty("backpack.jar", "target/backpack.jar");
    if (!Files.exists(Path.of(jar))) {
      throw new IllegalStateException(jar + " is missing: run mvn package first");
    }
    return jar;
  }

  /** Starts {@code java -jar backpack.jar arguments}. */
  public static BackpackProcess start(Path directory, String name, String... arguments) {
    List<String> command = java("-jar", jar());
    command.addAll(List.of(arguments));
    return started(directory, name, command);
  }

  /** Starts a stand-alone ZooKeeper server, the one that is in the jar, as a process of its own. */
  public static BackpackProcess startZooKeeper(Path directory, int port) {
    Path configuration = directory.resolve("zoo.cfg");
    try {
      Files.writeString(
          configuration,
          """
          tickTime=500
          dataDir=%s
          clientPort=%d
          clientPortAddress=127.0.0.1
          admin.enableServer=false
          maxClientCnxns=0
          """
              .formatted(directory.resolve("zookeeper-data"), port));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return started(
        directory,
        "zookeeper",
        java(
            "-cp",
            jar(),
            "org.apache.zookeeper.server.ZooKeeperServerMain",
            configuration.toString()));
  }

  private static BackpackProcess started(Path directory, String name, List<String> command) {
    BackpackProcess process = new BackpackProcess(name, command, directory.resolve(name + ".log"));
    Runtime.getRuntime().addShutdownHook(process.hook);
    process.restart();
    return process;
  }

  /** Runs a command to its end. */
  public static Finished run(Map<String, String> environment, String... arguments) {
    try {
      Path out = Files.createTempFile("backpack", ".out");
      Path err = Files.createTempFile("backpack", ".err");
      List<String> command = java("-jar", jar());
      command.addAll(List.of(arguments));
      ProcessBuilder builder =
          new ProcessBuilder(command).redirectOutput(out.toFile()).redirectError(err.toFile());
      builder.environment().putAll(environment);
      Process process = builder.start();
      process.getOutputStream().close();
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError(String.join(" ", arguments) + " still runs after 60 s");
      }
      Finished finished =
          new Finished(process.exitValue(), Files.readString(out), Files.readString(err));
      Files.delete(out);
      Files.delete(err);
      return finished;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** Starts it again with the same arguments, after {@link #kill} or {@link #terminate}. */
  public void restart() {
    printedBefore = output().length();
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** From now on {@link #awaitLine} waits for what is printed after this. */
  public void forgetLines() {
    printedBefore = output().length();
  }

  /**
   * Waits until it has printed a line with this text, since its last start and {@link
   * #forgetLines}; returns the line.
   */
  public String awaitLine(String text) {
    await(name + " prints '" + text + "'")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(50))
        .failFast(name + " ended, see its output:\n", () -> !process.isAlive() && !log(text))
        .until(() -> log(text));
    return printed().lines().filter(line -> line.contains(text)).reduce((a, b) -> b).orElseThrow();
  }

  private boolean log(String text) {
    return printed().contains(text);
  }

  private String printed() {
    return output().substring(printedBefore);
  }

  /** All it has printed, over every start. */
  public String output() {
    try {
      return Files.exists(log) ? Files.readString(log, StandardCharsets.UTF_8) : "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public boolean alive() {
    return process.isAlive();
  }

  public ProcessHandle handle() {
    return process.toHandle();
  }

  /** SIGKILL. */
  public void kill() {
    killNow();
    await().until(() -> !process.isAlive());
  }

  /** SIGTERM; returns the exit code. */
  public int terminate() {
    process.destroy();
    await(name + " ends after SIGTERM")
        .atMost(Duration.ofSeconds(30))
        .until(() -> !process.isAlive());
    return process.exitValue();
  }

  /** Waits for the end; returns the exit code. */
  public int awaitExit() {
    await(name + " ends").atMost(Duration.ofSeconds(60)).until(() -> !process.isAlive());
    return process.exitValue();
  }

  private void killNow() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  @Override
  public void close() {
    kill();
    Runtime.getRuntime().removeShutdownHook(hook);
  }
}
