package io.backpack.cluster;

import io.vertx.core.json.JsonObject;
import java.util.Optional;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One znode of the map with the last good value it had. What is wrong with it is logged once, and
 * once more when it is well again. Belongs to one thread.
 */
final class MapPart<T> {
  private static final Logger log = LoggerFactory.getLogger(MapPart.class);

  private final String name;
  private final Function<JsonObject, T> decoder;
  private Optional<T> good;
  private Optional<String> trouble = Optional.empty();

  /**
   * @param decoder throws {@link DamagedZnodeException}
   * @param initial taken for the last good value
   */
  MapPart(String name, Function<JsonObject, T> decoder, Optional<T> initial) {
    this.name = name;
    this.decoder = decoder;
    this.good = initial;
  }

  /** The last good value; empty when there never was one. */
  Optional<T> value() {
    return good;
  }

  /** What is wrong with the znode; {@link #value} is then older than it. */
  Optional<String> trouble() {
    return trouble;
  }

  void take(Optional<Znode> znode) {
    Optional<String> before = trouble;
    try {
      if (znode.isPresent()) {
        good = Optional.of(decoder.apply(znode.get().json()));
        trouble = Optional.empty();
      } else {
        trouble = Optional.of("znode '" + name + "' does not exist");
      }
    } catch (DamagedZnodeException e) {
      trouble = Optional.of(e.getMessage());
    }
    if (trouble.isPresent() && !trouble.equals(before)) {
      log.error(
          "{}; {}",
          trouble.get(),
          good.isPresent() ? "its last good value stays in use" : "there is no earlier value");
    } else if (trouble.isEmpty() && before.isPresent()) {
      log.info("znode '{}' is well again", name);
    }
  }
}
