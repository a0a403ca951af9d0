package io.backpack.cli.cluster;

import io.backpack.cli.CliException;
import io.backpack.cluster.QueueSettings;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code host:port} as arguments have it; an IPv6 address stands in brackets. */
final class HostPort {
  private static final Pattern SYNTAX =
      Pattern.compile("(?:([A-Za-z0-9._-]+)|\\[([0-9A-Fa-f:.]+)]):(\\d{1,5})");

  private HostPort() {}

  static QueueSettings.Endpoint parse(String text) {
    Matcher matcher = SYNTAX.matcher(text);
    int port = matcher.matches() ? Integer.parseInt(matcher.group(3)) : 0;
    if (port < 1 || port > 65535) {
      throw new CliException(CliException.USAGE, "'" + text + "' is not host:port");
    }
    String host = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
    return new QueueSettings.Endpoint(host, port);
  }

  static String format(String host, int port) {
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + port;
  }
}
