package io.backpack.cli.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.cluster.ClusterMap;
import io.backpack.cluster.QueueSettings;
import io.backpack.cluster.Server;
import io.backpack.cluster.Shard;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NginxShardsTest {
  @TempDir private Path directory;

  /** nginx itself says whether it can be used, for the longest ids and many shards. */
  @Test
  void nginxAcceptsIt() throws Exception {
    Map<String, Server> servers = new HashMap<>();
    Map<String, Shard> shards = new HashMap<>();
    for (int i = 0; i < 500; i++) {
      String id = "very-long_id-of-32-characters" + (100 + i);
      servers.put(id, new Server(id, i % 2 == 0 ? "::1" : "127.0.0.1", 1000 + i));
      shards.put(id, new Shard(id, List.of(id), i % 3 == 0));
    }
    ClusterMap map = new ClusterMap(servers, shards, Map.of(), QueueSettings.NONE);
    NginxShards made = NginxShards.of(map, List.of(new QueueSettings.Endpoint("127.0.0.1", 8080)));
    assertEquals(List.of(), made.warnings());
    assertAccepted(made);
  }

  @Test
  void nginxAcceptsAnEmptyMap() throws Exception {
    assertAccepted(NginxShards.of(ClusterMap.EMPTY, List.of()));
  }

  /** For nginx they are one. */
  @Test
  void ofIdsThatDifferOnlyInCaseTheFirstIsThere() throws Exception {
    Map<String, Server> servers = new HashMap<>();
    Map<String, Shard> shards = new TreeMap<>();
    for (String id : List.of("photos", "Photos", "other")) {
      servers.put(id, new Server(id, "127.0.0.1", 1000 + servers.size()));
      shards.put(id, new Shard(id, List.of(id), false));
    }
    NginxShards made =
        NginxShards.of(new ClusterMap(servers, shards, Map.of(), QueueSettings.NONE), List.of());
    assertAccepted(made);
    assertEquals(1, made.warnings().size());
    assertTrue(made.warnings().get(0).startsWith("shard photos "), made.warnings().toString());
    assertTrue(made.text().contains("upstream backpack_shard_Photos {"));
    assertTrue(made.text().contains("upstream backpack_shard_other {"));
    assertFalse(made.text().contains("photos"));
  }

  private void assertAccepted(NginxShards made) throws Exception {
    Files.writeString(directory.resolve("shards.conf"), made.text());
    Path config = directory.resolve("nginx.conf");
    Files.writeString(
        config,
        """
        pid nginx.pid;
        error_log stderr;
        events {}
        http {
          access_log off;
          map $uri $backpack_shard { ~^/(?<shard>[^:]+): $shard; default ""; }
          include shards.conf;
          server {
            listen 127.0.0.1:1;
            location / {
              if ($backpack_upstream = "") { return 404; }
              proxy_pass http://$backpack_upstream;
            }
          }
        }
        """);
    Process nginx =
        new ProcessBuilder("nginx", "-t", "-p", directory.toString(), "-c", config.toString())
            .redirectErrorStream(true)
            .start();
    String said = new String(nginx.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(nginx.waitFor(20, TimeUnit.SECONDS));
    assertEquals(0, nginx.exitValue(), said);
  }
}
