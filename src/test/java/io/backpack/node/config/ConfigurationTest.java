package io.backpack.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.VersionClock;
import io.backpack.coordinator.CoordinatorSettings;
import io.backpack.http.HttpSettings;
import io.backpack.replicator.ReplicatorSettings;
import io.backpack.storage.MaintenanceSettings;
import io.backpack.storage.StorageSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where values come from, and what the roles are started with. */
class ConfigurationTest {
  private static final String STORAGE =
      """
      cluster:
        zookeeper: 127.0.0.1:2181
      storage:
        id: 1
        dirs: [/data/1, /data/2]
        redis: redis://127.0.0.1:6379/0
      """;

  @TempDir Path directory;

  private Path file(String text) throws IOException {
    return Files.writeString(directory.resolve("node.yaml"), text);
  }

  private NodeConfiguration load(String yaml, Map<String, String> environment, String... sets)
      throws IOException {
    return Configuration.load(Optional.of(file(yaml)), environment, List.of(sets))
        .toNodeConfiguration();
  }

  @Test
  void defaultsAreThoseOfTheSettings() throws IOException {
    NodeConfiguration node = load(STORAGE + "coordinator:\nreplicator:\n", Map.of());
    assertEquals(
        List.of(
            new StorageSettings(
                "1",
                HttpSettings.DEFAULT.withPort(8081),
                List.of(Path.of("/data/1"), Path.of("/data/2")),
                "redis://127.0.0.1:6379/0",
                StorageSettings.DEFAULT_REDIS_TIMEOUT,
                StorageSettings.DEFAULT_VOLUME_SIZE,
                StorageSettings.DEFAULT_RESERVE,
                true,
                false,
                NodeConfigurationBuilder.autoUploadMemory(32 << 20),
                StorageSettings.DEFAULT_READ_THREADS,
                StorageSettings.DEFAULT_LOCATION_CACHE,
                StorageSettings.autoNameFilter(),
                StorageSettings.autoPhotoCache(),
                VersionClock.DEFAULT_MAX_AHEAD,
                MaintenanceSettings.DEFAULT)),
        node.storage());
    assertEquals(
        new CoordinatorSettings(
            HttpSettings.DEFAULT.withPort(8080),
            CoordinatorSettings.DEFAULT_COPIES,
            false,
            CoordinatorSettings.DEFAULT_RETAIN,
            NodeConfigurationBuilder.autoUploadMemory(1 << 20),
            CoordinatorSettings.DEFAULT_MAX_SHARE,
            CoordinatorSettings.DEFAULT_CONNECT_TIMEOUT,
            CoordinatorSettings.DEFAULT_REQUEST_TIMEOUT,
            CoordinatorSettings.DEFAULT_SIZE_INTERVAL,
            CoordinatorSettings.DEFAULT_CONNECTIONS_PER_NODE),
        node.coordinator().orElseThrow().settings());
    ReplicatorSettings replicator = node.replicator().orElseThrow().settings();
    assertEquals(
        new ReplicatorSettings(
            replicator.name(),
            ReplicatorSettings.DEFAULT_CONCURRENCY,
            ReplicatorSettings.DEFAULT_LEASE,
            ReplicatorSettings.DEFAULT_MAX_ATTEMPTS,
            ReplicatorSettings.DEFAULT_BACKOFF,
            ReplicatorSettings.DEFAULT_MAX_BACKOFF,
            CoordinatorSettings.DEFAULT_CONNECT_TIMEOUT,
            CoordinatorSettings.DEFAULT_REQUEST_TIMEOUT,
            ""),
        replicator);
    assertTrue(node.bus().isEmpty());
    assertEquals("/backpack", node.cluster().root());
    assertEquals(Optional.empty(), node.cluster().stateDir());
  }

  @Test
  void rolesAreTheSectionsThatArePresent() throws IOException {
    NodeConfiguration storage = load(STORAGE, Map.of());
    assertEquals(1, storage.storage().size());
    assertTrue(storage.coordinator().isEmpty());
    assertTrue(storage.replicator().isEmpty());

    NodeConfiguration coordinator =
        load("cluster: {zookeeper: z}\ncoordinator:\n  copies: 3\n", Map.of());
    assertEquals(List.of(), coordinator.storage());
    assertEquals(3, coordinator.coordinator().orElseThrow().settings().copies());

    NodeConfiguration byEnvironment =
        load("cluster: {zookeeper: z}\n", Map.of("BACKPACK_REPLICATOR_NAME", "r1"));
    assertEquals("r1", byEnvironment.replicator().orElseThrow().settings().name());
  }

  @Test
  void whatCoordinatorsReadOfStorageMakesNoStorageNode() throws IOException {
    NodeConfiguration node =
        load(
            "cluster: {zookeeper: z}\ncoordinator:\n",
            Map.of(),
            "storage.max-photo-size=5mb",
            "storage.names-include-query=true");
    assertEquals(List.of(), node.storage());
    HttpSettings http = node.coordinator().orElseThrow().settings().http();
    assertEquals(5 << 20, http.maxPhotoSize());
    assertTrue(http.namesIncludeQuery());
  }

  @Test
  void setGoesOverEnvironmentOverFileOverDefault() throws IOException {
    String yaml = STORAGE + "  read-threads: 5\n  volume-size: 100mb\n  upload-memory: 64mb\n";
    Map<String, String> environment =
        Map.of("BACKPACK_STORAGE_VOLUME_SIZE", "200mb", "BACKPACK_STORAGE_UPLOAD_MEMORY", "128mb");
    StorageSettings storage =
        load(yaml, environment, "storage.upload-memory=32mb", "storage.upload-memory=33mb")
            .storage()
            .get(0);
    assertEquals(33L << 20, storage.uploadMemory());
    assertEquals(200L << 20, storage.volumeSize());
    assertEquals(5, storage.readThreads());
    assertEquals(StorageSettings.DEFAULT_LOCATION_CACHE, storage.locationCache());
  }

  @Test
  void theEnvironmentMayNameAFile() throws IOException {
    Path secret = Files.writeString(directory.resolve("token"), "token-of-8 \n".replace(" ", ""));
    NodeConfiguration node =
        load(STORAGE, Map.of("BACKPACK_HTTP_WRITE_TOKEN_FILE", secret.toString()));
    assertEquals("token-of-8", node.storage().get(0).http().writeToken());
  }

  @Test
  void severalInstancesShareWhatIsCommon() throws IOException {
    NodeConfiguration node =
        load(
            """
            cluster: {zookeeper: "z1:2181,z2:2181"}
            http: {write-token: secret-token, host: 0.0.0.0, public-host: photos-1}
            storage:
              volume-size: 10mb
              instances:
                - {id: a, port: 8081, dirs: [/data/a], redis: "unix:///run/r.sock"}
                - {id: b, port: 8082, dirs: "/data/b,/data/c", redis: "redis://:pw@h:1/2", admin-port: 9082}
            """,
            Map.of("BACKPACK_STORAGE_INSTANCES_1_PORT", "8090"));
    assertEquals(2, node.storage().size());
    StorageSettings a = node.storage().get(0);
    StorageSettings b = node.storage().get(1);
    assertEquals("a", a.nodeId());
    assertEquals(8081, a.http().port());
    assertEquals(Optional.empty(), a.http().adminPort());
    assertEquals(8090, b.http().port());
    assertEquals(Optional.of(9082), b.http().adminPort());
    assertEquals(List.of(Path.of("/data/b"), Path.of("/data/c")), b.dirs());
    assertEquals(10 << 20, b.volumeSize());
    assertEquals("secret-token", b.http().writeToken());
    assertEquals("photos-1", node.publicHost());
  }

  @Test
  void theBusTakesTheClustersZooKeeper() throws IOException {
    NodeConfiguration node =
        load(STORAGE + "bus: {enabled: true, host: 10.0.0.1, max-photo-size: 2mb}\n", Map.of());
    var bus = node.bus().orElseThrow();
    assertEquals("127.0.0.1:2181", bus.zookeeper());
    assertEquals("10.0.0.1", bus.host());
    assertEquals("", bus.publicHost());
    assertEquals(0, bus.publicPort());
    assertEquals(2 << 20, bus.maxPhotoSize());
    assertEquals(Duration.ofSeconds(20), bus.sessionTimeout());
  }

  @Test
  void showTellsValueAndSourceAndMasksSecrets() throws IOException {
    Path yaml =
        file(
            STORAGE.replace("127.0.0.1:6379", "me:hidden@h")
                + "http:\n  write-token: hidden-too\n");
    List<Configuration.Shown> shown =
        Configuration.load(
                Optional.of(yaml),
                Map.of(
                    "BACKPACK_STORAGE_PORT", "81", "BACKPACK_HTTP_ADMIN_TOKEN", "hidden-as-well"),
                List.of("storage.sync=never"))
            .shown();
    assertShown(shown, "storage.redis", "redis://***@h/0", yaml + " line 6");
    assertShown(shown, "http.write-token", "***", yaml + " line 8");
    assertShown(shown, "http.admin-token", "***", "environment BACKPACK_HTTP_ADMIN_TOKEN");
    assertShown(shown, "storage.port", "81", "environment BACKPACK_STORAGE_PORT");
    assertShown(shown, "storage.sync", "never", "--set");
    assertShown(shown, "storage.volume-size", "3500mb", "default");
    assertShown(shown, "storage.dirs", "[/data/1, /data/2]", yaml + " line 5");
    assertFalse(shown.toString().contains("hidden"));
  }

  private static void assertShown(
      List<Configuration.Shown> shown, String key, String value, String source) {
    assertTrue(
        shown.contains(new Configuration.Shown(key, value, source)), () -> key + " in " + shown);
  }

  @Test
  void whatAProgramGivesCannotBeSetAround() {
    Map<String, String> given =
        Map.of("cluster.zookeeper", "127.0.0.1:1", "coordinator.port", "8080");
    assertEquals(
        8080,
        Configuration.of(given, "standalone", Map.of(), List.of("storage.max-photo-size=1mb"))
            .toNodeConfiguration()
            .coordinator()
            .orElseThrow()
            .settings()
            .http()
            .port());
    ConfigurationException failure =
        assertThrows(
            ConfigurationException.class,
            () ->
                Configuration.of(given, "standalone", Map.of(), List.of("coordinator.port=1"))
                    .toNodeConfiguration());
    assertEquals(List.of("coordinator.port: is set by standalone (--set)"), failure.problems());
  }
}
