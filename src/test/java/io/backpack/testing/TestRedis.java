package io.backpack.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A real {@code redis-server} of a test's own on a free port of the loopback interface, with its
 * files in a directory of the test. It is gone when the test closes it, and when the JVM ends.
 */
public final class TestRedis implements AutoCloseable {
  private final Path directory;
  private final int port;
  private final List<String> options;
  private final Thread hook = new Thread(this::killNow);
  private volatile Process process;

  private TestRedis(Path directory, int port, List<String> options) {
    this.directory = directory;
    this.port = port;
    this.options = options;
  }

  /**
   * Starts a server that keeps an append-only file, synced each second.
   *
   * @param directory for its files; a test's {@code @TempDir}
   * @param options further arguments, as {@code "--maxmemory-policy", "allkeys-lru"}
   */
  public static TestRedis start(Path directory, String... options) {
    TestRedis redis = new TestRedis(directory, freePort(), List.of(options));
    Runtime.getRuntime().addShutdownHook(redis.hook);
    redis.start();
    return redis;
  }

  /** A port of the loopback interface that was free a moment ago. */
  public static int freePort() {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Starts it again after {@link #kill} or {@link #stop}, on the same port with the same files. */
  public void start() {
    List<String> command =
        new ArrayList<>(
            List.of(
                "redis-server",
                "--bind",
                "127.0.0.1",
                "--port",
                Integer.toString(port),
                "--dir",
                directory.toString(),
                "--appendonly",
                "yes",
                "--save",
                ""));
    command.addAll(options);
    try {
      process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(
                  ProcessBuilder.Redirect.appendTo(directory.resolve("redis.log").toFile()))
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException("redis-server is not installed? " + e.getMessage(), e);
    }
    await().atMost(Duration.ofSeconds(20)).until(() -> answersPing());
  }

  private boolean answersPing() {
    if (!process.isAlive()) {
      try {
        throw new IllegalStateException(
            "redis-server ended: " + Files.readString(directory.resolve("redis.log")));
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setSoTimeout(1000);
      socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
      byte[] answer = socket.getInputStream().readNBytes(5);
      return new String(answer, StandardCharsets.US_ASCII).equals("+PONG");
    } catch (IOException e) {
      return false;
    }
  }

  public int port() {
    return port;
  }

  /** {@code redis://127.0.0.1:port}. */
  public String uri() {
    return "redis://127.0.0.1:" + port;
  }

  /** Where its files are. */
  public Path directory() {
    return directory;
  }

  /** The process, for signals a test wants to send. */
  public ProcessHandle process() {
    return process.toHandle();
  }

  /** SIGKILL, as a crash. */
  public void kill() {
    killNow();
    await().until(() -> !process.isAlive());
  }

  /** SIGTERM, an orderly end. */
  public void stop() {
    process.destroy();
    await().until(() -> !process.isAlive());
  }

  /** SIGSTOP: it accepts connections and answers nothing. */
  public void freeze() {
    signal("STOP");
  }

  /** SIGCONT after {@link #freeze}. */
  public void thaw() {
    signal("CONT");
  }

  private void signal(String name) {
    try {
      Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
      if (!kill.waitFor(5, TimeUnit.SECONDS) || kill.exitValue() != 0) {
        throw new IllegalStateException("kill -" + name + " failed");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
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
