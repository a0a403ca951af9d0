package io.backpack.http;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.backpack.api.ImageInfo;
import io.backpack.api.PhotoInfo;
import io.backpack.api.PhotoName;
import io.backpack.api.StoredPhoto;
import io.backpack.api.Version;
import io.vertx.core.json.JsonObject;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a 201 says is JSON whatever the name, with the fields of the contract in their order. */
class StoredJsonTest {
  private static final Version VERSION = new Version(0x6881281cfa00000aL);

  private static StoredPhoto stored(String shard, String name, boolean unchanged) {
    PhotoInfo info =
        new PhotoInfo(
            PhotoName.of(name),
            123_456,
            0x0a0b,
            VERSION,
            "image/jpeg",
            Optional.of(new ImageInfo(640, 480, 6)));
    return new StoredPhoto(shard, info, unchanged);
  }

  @Test
  void aNodeSaysWhatItStored() {
    assertEquals(
        "{\"name\":\"a/b.jpg\",\"size\":123456,\"crc32c\":\"00000a0b\","
            + "\"version\":\"6881281cfa00000a\",\"width\":640,\"height\":480,\"orientation\":6}",
        StoredJson.of(PhotoServer.Kind.NODE, stored("", "a/b.jpg", false), "/a/b.jpg").toString());
  }

  @Test
  void anyNameComesBackFromACoordinator() {
    for (String name : new String[] {"a\"b\\c", "träume/ü.jpg", "\u2028\u2029", "😀", "a b~"}) {
      StoredPhoto stored = stored("s-1", name, true);
      JsonObject json =
          StoredJson.of(PhotoServer.Kind.COORDINATOR, stored, stored.address().path())
              .toJsonObject();
      assertEquals(name, json.getString("name"));
      assertEquals("s-1", json.getString("shard_id"));
      assertEquals(stored.address().path(), json.getString("path"));
      assertEquals(123_456, json.getInteger("size"));
      assertEquals(true, json.getBoolean("unchanged"));
    }
  }
}
