package io.backpack.cluster;

import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stamper ids on disk, for a start while ZooKeeper is away: a file {@code stamper-WHO.json} each,
 * with {@code {"root", "who", "stamper"}}. Problems are logged, never thrown.
 */
final class StamperFiles {
  private static final Logger log = LoggerFactory.getLogger(StamperFiles.class);

  private static final String STAMPER = "stamper";
  private static final String ROOT = "root";

  private final Optional<Path> directory;
  private final String root;

  StamperFiles(ClusterSettings settings) {
    this.directory = settings.stateDir();
    this.root = settings.root();
  }

  Optional<Integer> load(String who) {
    try {
      Optional<JsonObject> json =
          directory.isEmpty() ? Optional.empty() : StateFile.read(file(directory.get(), who));
      return json.filter(saved -> root.equals(saved.getValue(ROOT)))
          .flatMap(
              saved ->
                  saved.getValue(STAMPER) instanceof Integer stamper
                      ? Optional.of(stamper)
                      : Optional.empty());
    } catch (IOException e) {
      log.warn("the saved stamper id of {} cannot be used: {}", who, e.getMessage());
      return Optional.empty();
    }
  }

  void save(String who, int stamper) {
    if (directory.isEmpty() || load(who).equals(Optional.of(stamper))) {
      return;
    }
    try {
      StateFile.write(
          file(directory.get(), who),
          new JsonObject().put(ROOT, root).put("who", who).put(STAMPER, stamper));
    } catch (IOException e) {
      log.warn("the stamper id of {} cannot be saved: {}", who, e.toString());
    }
  }

  private static Path file(Path directory, String who) {
    return directory.resolve("stamper-" + URLEncoder.encode(who, StandardCharsets.UTF_8) + ".json");
  }
}
