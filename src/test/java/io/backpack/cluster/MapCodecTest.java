package io.backpack.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.vertx.core.json.JsonObject;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MapCodecTest {
  @Test
  void readsServersWithPortsAsTextOrNumbers() {
    assertEquals(
        Map.of("1", new Server("1", "a", 8081), "n-2", new Server("n-2", "::1", 65535)),
        MapCodec.servers(
            new JsonObject(
                """
                {"1": {"host": "a", "port": "8081", "rack": 7},
                 "n-2": {"host": "::1", "port": 65535}}\
                """)));
  }

  @Test
  void readsShardsWithIdsAsTextOrNumbers() {
    assertEquals(
        Map.of(
            "1", new Shard("1", List.of("1", "2"), false),
            "2", new Shard("2", List.of("b"), true),
            "3", new Shard("3", List.of(), false)),
        MapCodec.shards(
            new JsonObject(
                """
                {"1": {"nodes": [1, "2"]},
                 "2": {"nodes": ["b"], "read_only": true, "comment": "old"},
                 "3": {"nodes": [], "read_only": false}}\
                """)));
  }

  @Test
  void readsWhatIsOursBesideTheOriginals() {
    Server server = new Server("1", "a", 1, "z", "m", true);
    Shard shard = new Shard("1", List.of("1"), true, 0.25);
    JsonObject servers = new JsonObject().put("1", MapCodec.encode(server));
    assertEquals(
        "{\"1\":{\"host\":\"a\",\"port\":1,\"zone\":\"z\",\"machine\":\"m\",\"original\":true}}",
        servers.encode());
    assertEquals(Map.of("1", server), MapCodec.servers(servers));
    JsonObject shards = new JsonObject().put("1", MapCodec.encode(shard));
    assertEquals(
        "{\"1\":{\"nodes\":[\"1\"],\"read_only\":true,\"max_share\":0.25}}", shards.encode());
    assertEquals(Map.of("1", shard), MapCodec.shards(shards));
    for (String share : List.of("0", "1.5", "-1", "\"half\"")) {
      JsonObject wrong = new JsonObject("{\"1\": {\"nodes\": [], \"max_share\": " + share + "}}");
      assertThrows(DamagedZnodeException.class, () -> MapCodec.shards(wrong), share);
    }
  }

  @Test
  void readsSizes() {
    assertEquals(
        new ShardSize(1L << 40, 5),
        MapCodec.size("1", new JsonObject("{\"capacity\": 1099511627776, \"current\": \"5\"}")));
    assertEquals(new ShardSize(7, 0), MapCodec.size("1", new JsonObject("{\"capacity\": 7}")));
    assertEquals(
        new ShardSize(7, 0),
        MapCodec.size("1", new JsonObject("{\"capacity\": 7, \"current\": -3}")));
  }

  @Test
  void readsTheQueue() {
    assertEquals(
        new QueueSettings(List.of(new QueueSettings.Endpoint("r", 6379)), "k"),
        MapCodec.queue(
            new JsonObject(
                "{\"servers\": [{\"host\": \"r\", \"port\": \"6379\"}], \"key\": \"k\"}")));
    assertEquals(QueueSettings.NONE, MapCodec.queue(new JsonObject("{}")));
  }

  @Test
  void readsWhatItWrites() {
    Server server = new Server("1", "h", 1);
    assertEquals(
        Map.of("1", server), MapCodec.servers(new JsonObject().put("1", MapCodec.encode(server))));
    for (boolean readOnly : List.of(true, false)) {
      Shard shard = new Shard("1", List.of("1", "2"), readOnly);
      JsonObject json = MapCodec.encode(shard);
      assertEquals(readOnly, json.containsKey("read_only"));
      assertEquals(Map.of("1", shard), MapCodec.shards(new JsonObject().put("1", json)));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"1\": 5}",
        "{\"1\": {\"host\": \"a\"}}",
        "{\"1\": {\"port\": 1}}",
        "{\"1\": {\"host\": \"a\", \"port\": 65536}}",
        "{\"1\": {\"host\": \"a\", \"port\": 4294967297}}",
        "{\"1\": {\"host\": \"a\", \"port\": \"x\"}}",
        "{\"a b\": {\"host\": \"a\", \"port\": 1}}"
      })
  void namesTheServerThatIsDamaged(String json) {
    DamagedZnodeException damage =
        assertThrows(DamagedZnodeException.class, () -> MapCodec.servers(new JsonObject(json)));
    String id = new JsonObject(json).fieldNames().iterator().next();
    assertTrue(damage.getMessage().startsWith("znode 'servers-map' is damaged: "));
    assertTrue(damage.getMessage().contains(id), damage.getMessage());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"1\": []}",
        "{\"1\": {}}",
        "{\"1\": {\"nodes\": \"1,2\"}}",
        "{\"a:b\": {\"nodes\": [1]}}"
      })
  void refusesDamagedShards(String json) {
    assertThrows(DamagedZnodeException.class, () -> MapCodec.shards(new JsonObject(json)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "null", "5", "{\"1\": {", "\"x\"", "127.0.1.1"})
  void refusesWhatIsNoObject(String text) {
    assertThrows(DamagedZnodeException.class, () -> new Znode("queue", text, 0).json());
  }
}
