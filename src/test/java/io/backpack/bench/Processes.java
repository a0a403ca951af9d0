package io.backpack.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/** Starts programs. All of them end with this JVM, however it ends short of a SIGKILL. */
final class Processes implements AutoCloseable {
  private final Path logs;
  private volatile boolean closed;
  private final Set<Process> running = ConcurrentHashMap.newKeySet();

  /**
   * @param logs directory for what the programs print
   */
  Processes(Path logs) {
    this.logs = logs;
  }

  /** Starts a program that goes on; its output is added to {@code NAME.log}. */
  Process start(String name, Map<String, String> environment, List<String> command)
      throws IOException {
    checkOpen();
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log(name).toFile()));
    builder.environment().putAll(environment);
    Process process = builder.start();
    running.add(process);
    return process;
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new IOException("the bench is being ended");
    }
  }

  Path log(String name) {
    return logs.resolve(name + ".log");
  }

  /** Begins a program that ends by itself; {@link #output} waits for it. */
  Process begin(Map<String, String> environment, List<String> command) throws IOException {
    checkOpen();
    Path errors = Files.createTempFile(logs, "errors", ".log");
    ProcessBuilder builder = new ProcessBuilder(command).redirectError(errors.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    running.add(process);
    return process;
  }

  /** What a program prints until its end. */
  String output(Process process) throws IOException {
    try {
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      if (code != 0) {
        throw new IOException(
            process.info().commandLine().orElse("a program") + " ended with " + code + ": " + out);
      }
      return out;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } finally {
      running.remove(process);
    }
  }

  /** Runs a program to its end, which must be a good one. */
  String run(String... command) throws IOException {
    return run(Map.of(), List.of(command));
  }

  String run(Map<String, String> environment, List<String> command) throws IOException {
    return output(begin(environment, command));
  }

  /** SIGTERM, and SIGKILL after a minute. */
  void end(Process process) throws IOException {
    process.destroy();
    await(process);
  }

  void kill(Process process) throws IOException {
    process.destroyForcibly();
    await(process);
  }

  private void await(Process process) throws IOException {
    try {
      if (!process.waitFor(60, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
    running.remove(process);
  }

  /** Ends all, children of children too. */
  @Override
  public void close() {
    closed = true;
    List<ProcessHandle> all = new ArrayList<>();
    for (Process process : running) {
      process.descendants().forEach(all::add);
      all.add(process.toHandle());
    }
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(each -> each.onExit().join());
  }
}
