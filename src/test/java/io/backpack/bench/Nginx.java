package io.backpack.bench;

import io.backpack.testing.TestRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * nginx on plain files, with as many workers as the node has event loops; PUT by its dav module.
 * And another one on the same files with {@code open_file_cache}, for as many as it may hold open.
 */
final class Nginx {
  /** Descriptors that a worker needs for other things. */
  private static final int SPARE_DESCRIPTORS = 1_000;

  private final Processes processes;
  private final Server plain;
  private final Server cached;

  private record Server(Process process, int port) {}

  private Nginx(Processes processes, Server plain, Server cached) {
    this.processes = processes;
    this.plain = plain;
    this.cached = cached;
  }

  static Nginx start(Processes processes, Path directory, Path root) throws IOException {
    Files.createDirectories(directory);
    int files = descriptors() - SPARE_DESCRIPTORS;
    String cache = "open_file_cache max=" + files + " inactive=1h; open_file_cache_valid 1h;";
    return new Nginx(
        processes,
        launch(processes, directory.resolve("plain"), root, ""),
        launch(processes, directory.resolve("cached"), root, cache));
  }

  private static Server launch(Processes processes, Path directory, Path root, String lines)
      throws IOException {
    Files.createDirectories(directory);
    int port = TestRedis.freePort();
    Path conf = directory.resolve("nginx.conf");
    Files.writeString(conf, configuration(directory, root, port, lines));
    Path errors = directory.resolve("error.log");
    Process process =
        processes.start(
            "nginx",
            Map.of(),
            List.of("nginx", "-p", directory.toString(), "-e", errors.toString(), "-c", "" + conf));
    Waiting.until("nginx listens", 20, () -> Client.probe(port, "/none") == 404);
    return new Server(process, port);
  }

  private static int descriptors() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/limits")).stream()
        .filter(line -> line.startsWith("Max open files"))
        .map(line -> line.replaceAll("^Max open files\\s+(\\S+).*", "$1"))
        .mapToInt(limit -> limit.equals("unlimited") ? 1_000_000 : Integer.parseInt(limit))
        .findFirst()
        .orElseThrow(() -> new IOException("/proc/self/limits does not say how many files"));
  }

  private static String configuration(Path directory, Path root, int port, String lines) {
    return """
    user root;
    worker_processes %d;
    daemon off;
    pid %2$s/pid;
    error_log %2$s/error.log crit;
    events { worker_connections 16384; }
    http {
      access_log off;
      sendfile on;
      tcp_nopush on;
      keepalive_requests 100000000;
      client_body_temp_path %2$s/body;
      proxy_temp_path %2$s/proxy;
      fastcgi_temp_path %2$s/fastcgi;
      uwsgi_temp_path %2$s/uwsgi;
      scgi_temp_path %2$s/scgi;
      client_max_body_size 64m;
      types { image/jpeg jpg; }
      %5$s
      server {
        listen 127.0.0.1:%4$d backlog=4096;
        root %3$s;
        location / { dav_methods PUT; create_full_put_path on; }
      }
    }
    """
        .formatted(Runtime.getRuntime().availableProcessors(), directory, root, port, lines);
  }

  void stop() throws IOException {
    processes.end(plain.process());
    processes.end(cached.process());
  }

  String url() {
    return "http://127.0.0.1:" + plain.port();
  }

  long pid() {
    return plain.process().pid();
  }

  long cachedPid() {
    return cached.process().pid();
  }

  /** With {@code open_file_cache}. */
  String cachedUrl() {
    return "http://127.0.0.1:" + cached.port();
  }
}
