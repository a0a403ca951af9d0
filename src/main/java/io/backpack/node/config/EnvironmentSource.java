package io.backpack.node.config;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads the environment: {@code storage.max-photo-size} is {@code BACKPACK_STORAGE_MAX_PHOTO_SIZE};
 * with {@code _FILE} behind it, the value is the contents of that file. Variables that Kubernetes
 * sets for a service of our name are passed over, where they are no key.
 */
final class EnvironmentSource {
  static final String PREFIX = "BACKPACK_";

  /** Variables of ours that set no key: for the clients, the log, and the start script. */
  static final Set<String> OTHERS =
      Set.of(
          "BACKPACK_URL",
          "BACKPACK_TOKEN",
          "BACKPACK_TOKEN_FILE",
          "BACKPACK_DEBUG",
          "BACKPACK_LOG",
          "BACKPACK_JAVA",
          "BACKPACK_JAVA_OPTS");

  private static final String FILE = "_FILE";
  private static final Pattern INSTANCE =
      Pattern.compile("BACKPACK_STORAGE_INSTANCES_(\\d{1,4})_(\\w+)");

  /** What Kubernetes sets in every container for a service that is called "backpack...". */
  private static final Pattern OF_KUBERNETES =
      Pattern.compile("BACKPACK_(.*_)?(SERVICE_(HOST|PORT.*)|PORT(_\\d+_(TCP|UDP|SCTP).*)?)");

  private static final Pattern ADDRESS = Pattern.compile("(tcp|udp|sctp)://.*");

  private EnvironmentSource() {}

  static void read(Map<String, String> environment, RawConfiguration into) {
    new TreeMap<>(environment)
        .forEach(
            (variable, value) -> {
              if (variable.startsWith(PREFIX) && !OTHERS.contains(variable)) {
                readVariable(environment, variable, value, into);
              }
            });
  }

  private static void readVariable(
      Map<String, String> environment, String variable, String value, RawConfiguration into) {
    if (isOfKubernetes(variable, value)) {
      return;
    }
    Optional<String> key = keyOf(variable);
    if (key.isPresent()) {
      into.put(key.get(), RawValue.text(value, "environment", "environment " + variable));
      return;
    }
    String plain =
        variable.endsWith(FILE) ? variable.substring(0, variable.length() - FILE.length()) : "";
    Optional<String> fileKey = keyOf(plain);
    if (fileKey.isEmpty()) {
      into.problem("unknown variable " + variable + " in the environment" + suggestion(variable));
    } else if (environment.containsKey(plain)) {
      into.problem(
          fileKey.get() + ": both " + plain + " and " + variable + " are set, only one may be");
    } else {
      readFile(fileKey.get(), variable, value, into);
    }
  }

  /** A key of that name is meant, unless the value is an address: storage.port is no tcp://... */
  private static boolean isOfKubernetes(String variable, String value) {
    return OF_KUBERNETES.matcher(variable).matches()
        && (keyOf(variable).isEmpty() || ADDRESS.matcher(value).matches());
  }

  private static void readFile(String key, String variable, String file, RawConfiguration into) {
    try {
      String text = Files.readString(Path.of(file)).replaceFirst("\\r?\\n\\z", "");
      into.put(key, RawValue.text(text, "environment", "file " + file + " of " + variable));
    } catch (IOException | InvalidPathException e) {
      into.problem(key + ": the file '" + file + "' of " + variable + " cannot be read");
    }
  }

  private static Optional<String> keyOf(String variable) {
    Matcher instance = INSTANCE.matcher(variable);
    if (instance.matches()) {
      String template = "BACKPACK_STORAGE_INSTANCES_*_" + instance.group(2);
      return StorageKeys.OF_INSTANCE.stream()
          .filter(key -> key.environmentName().equals(template))
          .map(key -> key.name().replace("*", instance.group(1)))
          .findFirst();
    }
    return Keys.ALL.stream()
        .filter(key -> key.environmentName().equals(variable))
        .map(Key::name)
        .findFirst();
  }

  private static String suggestion(String variable) {
    List<String> names = new ArrayList<>(OTHERS);
    Keys.ALL.forEach(key -> names.add(key.environmentName()));
    return NearestName.of(variable, names)
        .map(nearest -> ", did you mean " + nearest + "?")
        .orElse("");
  }
}
