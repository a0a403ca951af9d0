package io.backpack.bench;

import io.backpack.testing.TestRedis;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * nginx on plain files: without and, on a port of its own, with {@code open_file_cache}; PUT by its
 * dav module. As many workers as the node has event loops.
 */
final class Nginx {
  private final int plain = TestRedis.freePort();
  private final int cached = TestRedis.freePort();
  private final Processes processes;
  private Process process;

  private Nginx(Processes processes) {
    this.processes = processes;
  }

  static Nginx start(Processes processes, Path directory, Path root) throws IOException {
    Nginx nginx = new Nginx(processes);
    Files.createDirectories(directory);
    Path conf = directory.resolve("nginx.conf");
    Files.writeString(conf, nginx.configuration(directory, root));
    nginx.process = processes.start(
        "nginx",
        Map.of(),
        List.of(
            "nginx",
            "-p",
            directory.toString(),
            "-e",
            directory.resolve("error.log").toString(),
            "-c",
            conf.toString()));
    Waiting.until("nginx listens", 20, () -> Client.probe(nginx.plain, "/none") == 404);
    return nginx;
  }

  private String configuration(Path directory, Path root) {
    return """
        user root;
        worker_processes %d;
        worker_rlimit_nofile 60000;
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
          root %3$s;
          server {
            listen 127.0.0.1:%4$d backlog=4096;
            location / { dav_methods PUT; create_full_put_path on; }
          }
          server {
            listen 127.0.0.1:%5$d backlog=4096;
            open_file_cache max=1000000 inactive=1h;
            open_file_cache_valid 1h;
          }
        }
        """
        .formatted(Runtime.getRuntime().availableProcessors(), directory, root, plain, cached);
  }

  void stop() throws IOException {
    processes.end(process);
  }

  String url() {
    return "http://127.0.0.1:" + plain;
  }

  /** With {@code open_file_cache}. */
  String cachedUrl() {
    return "http://127.0.0.1:" + cached;
  }
}
