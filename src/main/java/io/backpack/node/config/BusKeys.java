package io.backpack.node.config;

import static io.backpack.node.config.Key.optional;
import static io.backpack.node.config.Key.withDefault;

import java.util.List;

/** The event bus between processes. */
final class BusKeys {
  static final Key<Boolean> ENABLED =
      withDefault(
          "bus.enabled",
          KeyType.FLAG,
          "false",
          "Joins the event bus: announcements of nodes, events, and uploads by applications on the"
              + " bus. Its members trust each other; keep it in a private network.");
  static final Key<String> HOST =
      withDefault(
          "bus.host",
          KeyType.HOST_TYPE,
          "127.0.0.1",
          "Address that the event bus listens on. Beyond loopback a coordinator needs"
              + " http.write-token or http.insecure.");
  static final Key<Integer> PORT =
      withDefault("bus.port", KeyType.PORT, "0", "Its port; 0 for any free one.");
  static final Key<String> PUBLIC_HOST =
      optional(
          "bus.public-host",
          KeyType.HOST_TYPE,
          "bus.host",
          "10.0.0.1",
          "Where other members reach it; needed where bus.host is every address.");
  static final Key<Integer> PUBLIC_PORT =
      optional(
          "bus.public-port",
          KeyType.PORT,
          "bus.port",
          "15701",
          "The port that other members reach it on.");
  static final Key<Long> MAX_PHOTO_SIZE =
      withDefault(
          "bus.max-photo-size",
          KeyType.size("1", "1gb"),
          "1mb",
          "The largest photo that travels over the bus; larger ones go over HTTP.");

  /** In the order of the documentation. */
  static final List<Key<?>> ALL =
      List.of(ENABLED, HOST, PORT, PUBLIC_HOST, PUBLIC_PORT, MAX_PHOTO_SIZE);

  private BusKeys() {}
}
