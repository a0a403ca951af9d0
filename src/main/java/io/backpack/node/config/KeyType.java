package io.backpack.node.config;

import io.backpack.api.BackpackException;
import io.backpack.api.DataSize;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What the value of a key may be.
 *
 * @param name for the documentation, as {@code size}
 * @param expects ends the sentence "must be ..."
 * @param list a YAML sequence, or text split at commas
 * @param parser of the items (one unless it is a list); throws IllegalArgumentException, or {@link
 *     BackpackException}, for what is wrong
 * @param mask hides what is secret in a value that is shown
 */
record KeyType<T>(
    String name,
    String expects,
    boolean list,
    Function<List<String>, T> parser,
    UnaryOperator<String> mask) {
  static final String MASKED = "***";

  private static final Pattern ID = Pattern.compile("[A-Za-z0-9_-]{1,32}");
  private static final Pattern HOST = Pattern.compile("[A-Za-z0-9._:%-]{1,253}");
  private static final Pattern HOST_PORT =
      Pattern.compile("(?:[A-Za-z0-9._-]{1,253}|\\[[0-9a-fA-F:]+])(?::\\d{1,5})?");
  private static final Pattern ROOT = Pattern.compile("(?:/[A-Za-z0-9._-]+)+");
  private static final Pattern REDIS =
      Pattern.compile(
          "rediss?://(?:[^@/\\s]*@)?(?:[A-Za-z0-9._-]+|\\[[0-9a-fA-F:]+])(?::\\d{1,5})?(?:/\\d*)?"
              + "|unix:///\\S+");
  private static final Pattern PASSWORD = Pattern.compile("(?s)^(\\w+:/{0,2})?.*@");
  private static final Pattern DURATION = Pattern.compile("(\\d{1,12}) ?(ms|s|m|h|d)");

  static final KeyType<String> TEXT =
      one("text", "one line of text", text -> check(!text.isBlank() && isOneLine(text), text));
  static final KeyType<String> ID_TYPE =
      one("id", "1 to 32 letters, digits, '_' or '-'", text -> match(ID, text));
  static final KeyType<String> HOST_TYPE =
      one("host", "a host name or an IP address without a port", text -> match(HOST, text));
  static final KeyType<String> HOSTS =
      one(
          "hosts",
          "host:port, several separated by commas, with a chroot behind the last if need be",
          KeyType::hosts);
  static final KeyType<String> ROOT_TYPE =
      one("path in ZooKeeper", "a path such as /backpack", text -> match(ROOT, text));
  static final KeyType<String> REDIS_TYPE =
      new KeyType<>(
          "Redis URI",
          "redis://[:password@]host:port[/db] or unix:///path",
          false,
          items -> match(REDIS, items.get(0)),
          text -> PASSWORD.matcher(text).replaceFirst("$1" + MASKED + "@"));
  static final KeyType<String> TOKEN =
      new KeyType<>(
          "token",
          "8 to 512 visible ASCII characters without a space",
          false,
          items -> token(items.get(0)),
          text -> text.isEmpty() ? "" : MASKED);
  static final KeyType<Boolean> FLAG = one("flag", "true or false", KeyType::flag);
  static final KeyType<Path> PATH = one("path", "a path of the file system", KeyType::path);
  static final KeyType<Duration> DURATION_TYPE =
      one("duration", "a duration such as 500ms, 30s, 5m, 12h or 7d", KeyType::duration);
  static final KeyType<Duration> DURATION_OR_ZERO =
      one(
          "duration",
          "0, or a duration such as 500ms, 30s, 5m, 12h or 7d",
          text -> text.strip().equals("0") ? Duration.ZERO : duration(text));
  static final KeyType<Double> SHARE = one("share", "a number above 0 and up to 1", KeyType::share);
  static final KeyType<Double> RATIO = one("ratio", "a number from 0 to 1", KeyType::ratio);
  static final KeyType<List<String>> LIST =
      new KeyType<>("list", "a list", true, List::copyOf, UnaryOperator.identity());
  static final KeyType<List<Path>> PATHS =
      new KeyType<>(
          "list of paths",
          "a list of different directories",
          true,
          KeyType::paths,
          UnaryOperator.identity());

  /** A port to listen on; 0 is any free one. */
  static final KeyType<Integer> PORT =
      one("port", "a port, 0 to 65535", text -> (int) number(text, 0, 65535));

  static KeyType<Integer> integer(int min, int max) {
    return one(
        "number",
        max == Integer.MAX_VALUE
            ? "a whole number from " + min
            : "a whole number from " + min + " to " + max,
        text -> (int) number(text, min, max));
  }

  static KeyType<Long> size(String min, String max) {
    long least = DataSize.parse(min).bytes();
    long most = DataSize.parse(max).bytes();
    return one(
        "size",
        "a size from " + min + " to " + max + ", such as 100mb (units are powers of 1024)",
        text -> {
          long bytes = DataSize.parse(text).bytes();
          check(bytes >= least && bytes <= most, text);
          return bytes;
        });
  }

  /** Empty for {@code auto}. */
  static KeyType<Optional<Long>> sizeOrAuto(String min, String max) {
    KeyType<Long> size = size(min, max);
    return one(
        "size or auto",
        "auto or " + size.expects,
        text ->
            text.equals("auto") ? Optional.empty() : Optional.of(size.parser.apply(List.of(text))));
  }

  static KeyType<String> oneOf(String... words) {
    return one(
        String.join(" or ", words),
        String.join(" or ", words),
        text -> check(Arrays.asList(words).contains(text), text));
  }

  private static <T> KeyType<T> one(String name, String expects, Function<String, T> parser) {
    return new KeyType<>(
        name, expects, false, items -> parser.apply(items.get(0)), UnaryOperator.identity());
  }

  private static String check(boolean good, String text) {
    if (!good) {
      throw new IllegalArgumentException(text);
    }
    return text;
  }

  private static String match(Pattern pattern, String text) {
    return check(pattern.matcher(text).matches(), text);
  }

  private static boolean isOneLine(String text) {
    return text.chars().noneMatch(Character::isISOControl);
  }

  private static String hosts(String text) {
    String addresses = text.replaceFirst("(/[A-Za-z0-9._-]+)+$", "");
    for (String host : addresses.split(",", -1)) {
      match(HOST_PORT, host.strip());
    }
    return text.replace(" ", "");
  }

  private static String token(String text) {
    boolean visible = text.chars().allMatch(c -> c > ' ' && c < 127);
    return check(text.isEmpty() || (visible && text.length() >= 8 && text.length() <= 512), text);
  }

  private static boolean flag(String text) {
    return check(text.equals("true") || text.equals("false"), text).equals("true");
  }

  private static long number(String text, long min, long max) {
    check(text.matches("\\d{1,18}"), text);
    long number = Long.parseLong(text);
    check(number >= min && number <= max, text);
    return number;
  }

  private static double share(String text) {
    double share = ratio(text);
    check(share > 0, text);
    return share;
  }

  private static double ratio(String text) {
    check(text.matches("\\d{1,9}(\\.\\d{1,9})?"), text);
    double ratio = Double.parseDouble(text);
    check(ratio <= 1, text);
    return ratio;
  }

  private static Duration duration(String text) {
    Matcher matcher = DURATION.matcher(text.toLowerCase(Locale.ROOT));
    check(matcher.matches(), text);
    long count = Long.parseLong(matcher.group(1));
    Duration duration =
        switch (matcher.group(2)) {
          case "ms" -> Duration.ofMillis(count);
          case "s" -> Duration.ofSeconds(count);
          case "m" -> Duration.ofMinutes(count);
          case "h" -> Duration.ofHours(count);
          default -> Duration.ofDays(count);
        };
    // Milliseconds of it are put into ints by ZooKeeper, and nothing here waits for weeks.
    check(!duration.isZero() && duration.compareTo(Duration.ofDays(24)) <= 0, text);
    return duration;
  }

  private static Path path(String text) {
    check(!text.isBlank(), text);
    try {
      return Path.of(text);
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  private static List<Path> paths(List<String> items) {
    List<Path> paths = items.stream().map(KeyType::path).toList();
    long distinct = paths.stream().map(p -> p.toAbsolutePath().normalize()).distinct().count();
    check(!paths.isEmpty() && distinct == paths.size(), Objects.toString(items));
    return paths;
  }
}
