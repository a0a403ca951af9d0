package io.backpack.node.config;

import static io.backpack.node.config.Key.optional;
import static io.backpack.node.config.Key.withDefault;

import java.time.Duration;
import java.util.List;

/** What all HTTP servers of a process have in common. */
final class HttpKeys {
  static final Key<String> HOST =
      withDefault(
          "http.host",
          KeyType.HOST_TYPE,
          "127.0.0.1",
          "Address that all HTTP servers of this process listen on; 0.0.0.0 for every one. Beyond"
              + " loopback it needs http.write-token or http.insecure.");
  static final Key<String> PUBLIC_HOST =
      optional(
          "http.public-host",
          KeyType.HOST_TYPE,
          "http.host, or the host's name where that is every address",
          "photos-1.example.net",
          "Name under which others reach the servers of this process, for its announcements.");
  static final Key<String> WRITE_TOKEN =
      withDefault(
          "http.write-token",
          KeyType.TOKEN,
          "",
          "Bearer token that PUT and DELETE need; the same in the whole cluster, since coordinators"
              + " and replicators show it to nodes. Better given as"
              + " BACKPACK_HTTP_WRITE_TOKEN_FILE. Empty for none.");
  static final Key<String> ADMIN_TOKEN =
      withDefault(
          "http.admin-token",
          KeyType.TOKEN,
          "",
          "Bearer token that /_/ needs, except health, stats and metrics. Empty: those pages are"
              + " open on loopback and closed beyond it.");
  static final Key<Integer> ADMIN_PORT =
      optional(
          "http.admin-port",
          KeyType.PORT,
          "on the role's own port",
          "9080",
          "Port that all of /_/ moves to, for a process with one HTTP server; else see the role's"
              + " own admin-port.");
  static final Key<Boolean> INSECURE =
      withDefault(
          "http.insecure",
          KeyType.FLAG,
          "false",
          "Lets this process listen beyond loopback without a write token: whoever reaches it may"
              + " then write and delete.");
  static final Key<List<String>> CORS_ORIGINS =
      withDefault(
          "http.cors-origins",
          KeyType.LIST,
          "",
          "Origins of pages that may upload from a browser, such as https://www.example.net; * for"
              + " all, empty for none.");
  static final Key<String> CACHE_CONTROL =
      withDefault(
          "http.cache-control",
          KeyType.TEXT,
          "public, max-age=31536000, immutable",
          "The Cache-Control header of a photo.");
  static final Key<Duration> IDLE_TIMEOUT =
      withDefault(
          "http.idle-timeout",
          KeyType.DURATION_TYPE,
          "60s",
          "After which a silent connection is closed.");
  static final Key<Long> MIN_UPLOAD_RATE =
      withDefault(
          "http.min-upload-rate",
          KeyType.size("1", "1gb"),
          "1kb",
          "Bytes a second that an upload must make over http.upload-grace; slower ones end with"
              + " 408.");
  static final Key<Duration> UPLOAD_GRACE =
      withDefault(
          "http.upload-grace",
          KeyType.DURATION_TYPE,
          "30s",
          "How long an upload may be slower than http.min-upload-rate.");

  /** In the order of the documentation. */
  static final List<Key<?>> ALL =
      List.of(
          HOST,
          PUBLIC_HOST,
          WRITE_TOKEN,
          ADMIN_TOKEN,
          ADMIN_PORT,
          INSECURE,
          CORS_ORIGINS,
          CACHE_CONTROL,
          IDLE_TIMEOUT,
          MIN_UPLOAD_RATE,
          UPLOAD_GRACE);

  private HttpKeys() {}
}
