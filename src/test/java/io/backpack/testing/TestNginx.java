package io.backpack.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A real nginx of a test's own: one process on a free port of the loopback interface, with the
 * configuration files of {@code conf/nginx} and its files in a directory of the test. It is gone
 * when the test closes it, and when the JVM ends.
 */
public final class TestNginx implements AutoCloseable {
  private static final Path CONF = Path.of("conf/nginx");

  private final Path prefix;
  private final int port;
  private final Process process;
  private final Thread hook;

  private TestNginx(Path prefix, int port, Process process) {
    this.prefix = prefix;
    this.port = port;
    this.process = process;
    this.hook = new Thread(process::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(hook);
  }

  /**
   * Starts the frontend.
   *
   * @param prefix for its files; a test's {@code @TempDir}
   * @param shards the text of {@code shards.conf}
   * @param changes texts of {@code frontend.conf} and what stands there instead, for shorter
   *     timeouts; each must occur
   */
  public static TestNginx frontend(Path prefix, String shards, Map<String, String> changes) {
    int port = TestRedis.freePort();
    try {
      Path conf = Files.createDirectories(prefix.resolve("conf/nginx"));
      Files.createDirectories(prefix.resolve("run"));
      String frontend = Files.readString(CONF.resolve("frontend.conf"));
      frontend = change(frontend, "listen 8000;", "listen 127.0.0.1:" + port + ";");
      for (Map.Entry<String, String> entry : changes.entrySet()) {
        frontend = change(frontend, entry.getKey(), entry.getValue());
      }
      Files.writeString(conf.resolve("frontend.conf"), frontend);
      Files.writeString(conf.resolve("shards.conf"), shards);
      Files.copy(CONF.resolve("nginx.conf"), conf.resolve("nginx.conf"));
      Process process =
          new ProcessBuilder(
                  "nginx",
                  "-e",
                  "run/error.log",
                  "-p",
                  prefix.toString(),
                  "-c",
                  "conf/nginx/nginx.conf",
                  "-g",
                  "daemon off; master_process off;")
              .redirectErrorStream(true)
              .redirectOutput(prefix.resolve("run/nginx.out").toFile())
              .start();
      TestNginx nginx = new TestNginx(prefix, port, process);
      await().atMost(Duration.ofSeconds(20)).until(nginx::listens);
      return nginx;
    } catch (IOException e) {
      throw new UncheckedIOException("nginx is not installed? " + e.getMessage(), e);
    }
  }

  private static String change(String text, String from, String to) {
    if (!text.contains(from)) {
      throw new IllegalArgumentException("frontend.conf has no '" + from + "'");
    }
    return text.replace(from, to);
  }

  private boolean listens() throws IOException {
    if (!process.isAlive()) {
      throw new IllegalStateException("nginx ended: " + log());
    }
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  /** What it wrote to its error log and its output. */
  public String log() throws IOException {
    return Files.readString(prefix.resolve("run/nginx.out"), StandardCharsets.UTF_8)
        + Files.readString(prefix.resolve("run/error.log"), StandardCharsets.UTF_8);
  }

  public int port() {
    return port;
  }

  /** {@code http://127.0.0.1:port}. */
  public String url() {
    return "http://127.0.0.1:" + port;
  }

  @Override
  public void close() {
    process.destroyForcibly();
    await().until(() -> !process.isAlive());
    Runtime.getRuntime().removeShutdownHook(hook);
  }
}
