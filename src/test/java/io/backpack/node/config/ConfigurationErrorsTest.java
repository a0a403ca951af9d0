package io.backpack.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every way a configuration can be wrong, and what is said then. */
class ConfigurationErrorsTest {
  private static final String GOOD =
      """
      cluster: {zookeeper: "127.0.0.1:2181"}
      storage: {id: 1, dirs: [/data/1], redis: "redis://h"}
      coordinator: {id: c}
      replicator:
      """;

  @TempDir Path directory;

  private List<String> problems(String yaml, Map<String, String> environment, String... sets)
      throws IOException {
    Path file = Files.writeString(directory.resolve("n.yaml"), yaml);
    Configuration configuration = Configuration.load(Optional.of(file), environment, List.of(sets));
    return assertThrows(ConfigurationException.class, configuration::toNodeConfiguration)
        .problems()
        .stream()
        .map(line -> line.replace(directory + "/", ""))
        .toList();
  }

  private String only(List<String> problems) {
    assertEquals(1, problems.size(), problems::toString);
    return problems.get(0);
  }

  @Test
  void allAreToldAtOnce() throws IOException {
    List<String> problems =
        problems(
            """
            cluster:
              root: backpack
            storage:
              id: no good
              dirs: /data/1
              redis: localhost
              volum-size: 10mb
            http:
              host: 0.0.0.0
              idle-timeout: soon
            """,
            Map.of("BACKPACK_STORAGE_PORT", "99999", "BACKPACK_STORAGE_PROT", "1"),
            "coordinator.copies=0",
            "nonsense");
    assertEquals(
        List.of(
            "unknown key 'storage.volum-size' (n.yaml line 7), did you mean 'storage.volume-size'?",
            "unknown variable BACKPACK_STORAGE_PROT in the environment, did you mean"
                + " BACKPACK_STORAGE_PORT?",
            "--set nonsense...: must be --set key=value",
            "cluster.zookeeper: is missing; must be host:port, several separated by commas, with a"
                + " chroot behind the last if need be",
            "cluster.root: 'backpack' (n.yaml line 2) is wrong; must be a path such as /backpack",
            "http.idle-timeout: 'soon' (n.yaml line 10) is wrong; must be a duration such as"
                + " 500ms, 30s, 5m, 12h or 7d",
            "storage.id: 'no good' (n.yaml line 4) is wrong; must be 1 to 32 letters, digits, '_'"
                + " or '-'",
            "storage.port: '99999' (environment BACKPACK_STORAGE_PORT) is wrong; must be a port, 0"
                + " to 65535",
            "storage.redis: 'localhost' (n.yaml line 6) is wrong; must be"
                + " redis://[:password@]host:port[/db] or unix:///path",
            "coordinator.copies: '0' (--set) is wrong; must be a whole number from 1 to 16",
            "http.write-token: is missing, and http.host '0.0.0.0' is beyond loopback, so anybody"
                + " could write and delete; set a token, or http.insecure: true where the network"
                + " is closed"),
        problems);
  }

  @ParameterizedTest
  @CsvSource({
    "storage.max-foto-size, storage.max-photo-size",
    "volume-size, storage.volume-size",
    "storage.maxPhotoSize, storage.max-photo-size",
    "coordinator.write-token, http.write-token",
    "storage.instances.0.prot, storage.instances.*.port",
    "storge.sync, storage.sync",
  })
  void anUnknownKeyBringsTheNearest(String written, String nearest) throws IOException {
    String line = only(problems(GOOD, Map.of(), written + "=1"));
    assertEquals("unknown key '" + written + "' (--set), did you mean '" + nearest + "'?", line);
  }

  @Test
  void aKeyFarFromAllBringsNone() throws IOException {
    assertEquals(
        "unknown key 'xyzzy.frobnicate-the-quux' (--set)",
        only(problems(GOOD, Map.of(), "xyzzy.frobnicate-the-quux=1")));
  }

  @ParameterizedTest
  @CsvSource({
    "cluster.zookeeper, a b",
    "cluster.session-timeout, 0s",
    "cluster.session-timeout, 30",
    "cluster.session-timeout, 25d",
    "http.insecure, yes",
    "http.cache-control, ' '",
    "storage.max-photo-size, 10qb",
    "storage.max-photo-size, 0",
    "storage.volume-size, 4gb",
    "storage.reserve, -1",
    "storage.sync, always",
    "storage.read-threads, 1.5",
    "storage.scrub-days, 1.5",
    "storage.compact-dead-ratio, 1.01",
    "storage.compact-rate, 1kb",
    "coordinator.max-share, 0",
    "coordinator.max-share, 1.1",
    "replicator.name, ''",
    "storage.redis, http://h",
    "storage.dirs, ''",
    "storage.dirs, '/a,/a'",
  })
  void aWrongValueIsNamedWithWhatIsRight(String key, String value) throws IOException {
    String line = only(problems(GOOD, Map.of(), key + "=" + value));
    assertTrue(line.startsWith(key + ": '" + value.strip() + "' (--set) is wrong; must be "), line);
  }

  @Test
  void aSecretIsMaskedInItsError() throws IOException {
    String line = only(problems(GOOD, Map.of(), "http.write-token=short pw"));
    assertTrue(line.startsWith("http.write-token: '***' (--set) is wrong"), line);
    line = only(problems(GOOD, Map.of(), "storage.redis=redis://:hidden@h:x"));
    assertTrue(line.startsWith("storage.redis: 'redis://***@h:x'"), line);
  }

  @Test
  void aListWhereOneValueBelongs() throws IOException {
    assertTrue(
        only(problems(GOOD + "http: {host: [a, b]}\n", Map.of()))
            .startsWith("http.host: '[a, b]' (n.yaml line 5) is wrong; must be a host name"));
  }

  @Test
  void noRole() throws IOException {
    assertEquals(
        "no role: needs a section storage, coordinator or replicator, or several",
        only(problems("cluster: {zookeeper: z}\n", Map.of())));
  }

  @Test
  void aValueIsLeftOut() throws IOException {
    assertEquals(
        "http.cache-control: has no value, give it one or put a # before it (n.yaml line 6)",
        only(problems(GOOD + "http:\n  cache-control:\n", Map.of())));
  }

  @Test
  void aKeyStandsTwice() throws IOException {
    assertEquals(
        "http.cache-control: stands twice (n.yaml line 7)",
        only(problems(GOOD + "http:\n  cache-control: a\n  cache-control: b\n", Map.of())));
  }

  @Test
  void aSectionIsAValue() throws IOException {
    assertEquals(
        "http: is a section, its keys stand indented in the lines below (n.yaml line 5)",
        only(problems(GOOD + "http: 8080\n", Map.of())));
  }

  @ParameterizedTest
  @ValueSource(strings = {"storage: [", "\tstorage:\n", "a: b: c", "a: &x [*x]", "--- \n---\n"})
  void noYaml(String yaml) throws IOException {
    List<String> problems = problems(yaml, Map.of());
    assertTrue(problems.get(0).contains("n.yaml"), problems::toString);
  }

  @Test
  void theFileIsNotThere() {
    ConfigurationException failure =
        assertThrows(
            ConfigurationException.class,
            () ->
                Configuration.load(Optional.of(directory.resolve("none.yaml")), Map.of(), List.of())
                    .toNodeConfiguration());
    assertTrue(failure.getMessage().startsWith("the file '" + directory + "/none.yaml' does not"));
  }

  @Test
  void aSecretFileCannotBeReadOrIsGivenBeside() throws IOException {
    assertEquals(
        "http.write-token: the file '/none' of BACKPACK_HTTP_WRITE_TOKEN_FILE cannot be read",
        only(problems(GOOD, Map.of("BACKPACK_HTTP_WRITE_TOKEN_FILE", "/none"))));
    assertEquals(
        "http.write-token: both BACKPACK_HTTP_WRITE_TOKEN and BACKPACK_HTTP_WRITE_TOKEN_FILE are"
            + " set, only one may be",
        only(
            problems(
                GOOD,
                Map.of(
                    "BACKPACK_HTTP_WRITE_TOKEN_FILE",
                    "/none",
                    "BACKPACK_HTTP_WRITE_TOKEN",
                    "12345678"))));
  }

  @Test
  void variablesOfTheClientsAndOfOthersAreNoKeys() throws IOException {
    Path file = Files.writeString(directory.resolve("n.yaml"), GOOD);
    Map<String, String> environment = Map.of("BACKPACK_URL", "http://h", "HOME", "/", "BACK", "x");
    assertEquals(
        1,
        Configuration.load(Optional.of(file), environment, List.of())
            .toNodeConfiguration()
            .storage()
            .size());
  }

  @Test
  void variablesOfKubernetesAreNoKeys() throws IOException {
    Path file = Files.writeString(directory.resolve("n.yaml"), GOOD);
    Map<String, String> environment =
        Map.of(
            "BACKPACK_SERVICE_HOST", "10.0.0.1",
            "BACKPACK_SERVICE_PORT", "8080",
            "BACKPACK_SERVICE_PORT_HTTP", "8080",
            "BACKPACK_PORT", "tcp://10.0.0.1:8080",
            "BACKPACK_PORT_8080_TCP", "tcp://10.0.0.1:8080",
            "BACKPACK_PORT_8080_TCP_ADDR", "10.0.0.1",
            "BACKPACK_STORAGE_SERVICE_HOST", "10.0.0.2",
            "BACKPACK_STORAGE_PORT", "tcp://10.0.0.2:8081",
            "BACKPACK_COORDINATOR_PORT", "8090");
    NodeConfiguration configuration =
        Configuration.load(Optional.of(file), environment, List.of()).toNodeConfiguration();
    assertEquals(8081, configuration.storage().get(0).http().port());
    assertEquals(8090, configuration.coordinator().orElseThrow().settings().http().port());
    assertTrue(
        only(problems(GOOD, Map.of("BACKPACK_SERVICE_HOSTS", "1"))).startsWith("unknown variable"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http.write-token:hidden-one",
        "http.write-token hidden-one",
        "http.write-token: hidden-one",
        "http.write-token"
      })
  void aSecretWithoutAnEqualsSignIsNotPrinted(String override) throws IOException {
    assertEquals(
        "--set http.write-token...: must be --set key=value",
        only(problems(GOOD, Map.of(), override)));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "redis://:hid/den@h",
        "redis://:hid@den@h",
        "redis://u:hid/d@e/n@h:1/x",
        "redis:/:hidden@h",
        ":hidden@h"
      })
  void aPasswordThatIsWrongIsNotPrinted(String uri) throws IOException {
    String problem = only(problems(GOOD, Map.of(), "storage.redis=" + uri));
    assertTrue(problem.contains("***@h"), problem);
    assertFalse(problem.contains("hid") || problem.contains("den@"), problem);
  }

  @Test
  void aBusBeyondLoopbackNeedsATokenWhereItTakesWrites() throws IOException {
    String[] beyond = {"bus.enabled=true", "bus.host=10.0.0.1"};
    assertTrue(
        only(problems(GOOD, Map.of(), beyond))
            .startsWith("http.write-token: is missing, and bus.host '10.0.0.1' is beyond"));
    Path file = Files.writeString(directory.resolve("n.yaml"), GOOD);
    for (List<String> good :
        List.of(
            List.of("bus.host=10.0.0.1"),
            List.of("bus.enabled=true"),
            List.of(beyond[0], beyond[1], "http.write-token=12345678"),
            List.of(beyond[0], beyond[1], "http.insecure=true"))) {
      Configuration.load(Optional.of(file), Map.of(), good).toNodeConfiguration();
    }
    // A node answers nothing on the bus.
    Files.writeString(file, GOOD.replace("coordinator: {id: c}\n", ""));
    Configuration.load(Optional.of(file), Map.of(), List.of(beyond)).toNodeConfiguration();
  }

  @Test
  void machinesThatDifferInTheirDomainsHaveDifferentIds() {
    assertEquals("photos.eu.x", NodeConfigurationBuilder.idOfHost("photos.eu.x"));
    assertEquals("photos.us.x", NodeConfigurationBuilder.idOfHost("photos.us.x"));
    assertEquals("_a-b", NodeConfigurationBuilder.idOfHost(".a b"));
    assertEquals(160, NodeConfigurationBuilder.idOfHost("a".repeat(250)).length());
    assertTrue(ConfigurationCheck.isOfManyMachines("localhost"));
    assertTrue(ConfigurationCheck.isOfManyMachines("localhost.localdomain"));
    assertFalse(ConfigurationCheck.isOfManyMachines("localhosts.example.net"));
  }

  @Test
  void portsMeet() throws IOException {
    assertEquals(
        "storage.port: '8080' is also coordinator.port",
        only(problems(GOOD, Map.of(), "storage.port=8080")));
    assertFalse(
        Configuration.load(
                Optional.of(Files.writeString(directory.resolve("n.yaml"), GOOD)),
                Map.of(),
                List.of("storage.port=0", "coordinator.port=0"))
            .toNodeConfiguration()
            .storage()
            .isEmpty());
  }

  @Test
  void oneAdminPortForSeveralServers() throws IOException {
    assertTrue(
        only(problems(GOOD, Map.of(), "http.admin-port=9000"))
            .startsWith("http.admin-port: this process has 2 servers"));
  }

  @Test
  void instancesThatMeet() throws IOException {
    assertEquals(
        List.of(
            "storage.id: cannot stand beside storage.instances; move it into one of them",
            "storage.instances.1.id: 'a' is another instance's id",
            "storage.instances.1.dirs: '/d/../d/1' is also in storage.instances.0.dirs",
            "storage.instances.1.port: '81' is also storage.instances.0.port"),
        problems(
            """
            cluster: {zookeeper: z}
            storage:
              id: x
              instances:
                - {id: a, port: 81, dirs: [/d/1], redis: "redis://h"}
                - {id: a, port: 81, dirs: [/d/../d/1], redis: "redis://h"}
            """,
            Map.of()));
  }

  @Test
  void anInstanceLacksSomething() throws IOException {
    assertEquals(
        List.of(
            "storage.instances.0.dirs: is missing; must be a list of different directories",
            "storage.instances.0.redis: is missing; must be"
                + " redis://[:password@]host:port[/db] or unix:///path"),
        problems(
            "cluster: {zookeeper: z}\nstorage:\n  instances:\n    - {id: a, port: 81}\n",
            Map.of()));
    assertEquals(
        "storage.instances: is numbered [1], must be numbered from 0 without a gap",
        only(
            problems(
                "cluster: {zookeeper: z}\nstorage: {}\n",
                Map.of("BACKPACK_STORAGE_INSTANCES_1_ID", "a"))));
  }

  @Test
  void limitsThatContradict() throws IOException {
    assertEquals(
        List.of(
            "storage.max-photo-size: must not be above storage.upload-memory",
            "replicator.backoff: must not be above replicator.max-backoff"),
        problems(
            GOOD,
            Map.of(),
            "storage.max-photo-size=512mb",
            "storage.upload-memory=256mb",
            "replicator.backoff=1h"));
  }

  @Test
  void aBusThatOthersCannotReach() throws IOException {
    assertTrue(
        only(problems(GOOD, Map.of(), "bus.enabled=true", "bus.host=0.0.0.0", "http.insecure=true"))
            .startsWith("bus.public-host: is missing"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.1.2.3", "::1", "localhost"})
  void loopbackNeedsNoToken(String host) throws IOException {
    Path file = Files.writeString(directory.resolve("n.yaml"), GOOD);
    Configuration.load(Optional.of(file), Map.of(), List.of("http.host=" + host))
        .toNodeConfiguration();
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "10.0.0.1", "photos.example.net", "127.example.net"})
  void beyondLoopbackItDoes(String host) throws IOException {
    assertTrue(
        only(problems(GOOD, Map.of(), "http.host=" + host)).startsWith("http.write-token: is"));
    Path file = Files.writeString(directory.resolve("n.yaml"), GOOD);
    Configuration.load(
            Optional.of(file), Map.of(), List.of("http.host=" + host, "http.insecure=true"))
        .toNodeConfiguration();
  }
}
