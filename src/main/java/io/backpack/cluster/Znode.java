package io.backpack.cluster;

import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;

/**
 * A znode as it was read.
 *
 * @param name its path below the root, without a slash in front
 * @param version what a compare-and-set of it expects
 */
record Znode(String name, String text, int version) {
  /**
   * Its JSON object; a new one each time.
   *
   * @throws DamagedZnodeException when it holds anything else
   */
  JsonObject json() {
    try {
      JsonObject json = new JsonObject(text);
      if (json.getMap() == null) {
        throw new DamagedZnodeException(name, "not a JSON object");
      }
      return json;
    } catch (DecodeException | ClassCastException e) {
      throw new DamagedZnodeException(name, text.isEmpty() ? "it is empty" : "not a JSON object");
    }
  }
}
