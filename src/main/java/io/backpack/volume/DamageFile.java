package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Remembers the damaged needles of a directory over restarts. A help and never the truth: what is
 * lost with it is found again when it is read. For one thread.
 *
 * <p>Text: the line {@code backpack-damage 1}, then a line for each needle, its fields divided by
 * tabs: volume, offset, length, version or {@code -}, since, name or {@code -}, reason.
 */
final class DamageFile {
  static final String FILE = "backpack.damage";

  private static final Logger LOG = LoggerFactory.getLogger(DamageFile.class);
  private static final String FIRST_LINE = "backpack-damage 1";
  private static final String UNKNOWN = "-";
  private static final int FIELDS = 7;

  /** Between two writes, however much changes; and a hundred times what the last one took. */
  private static final long PAUSE_NANOS = TimeUnit.SECONDS.toNanos(2);

  private static final long PAUSE_AFTER_FAILURE_NANOS = TimeUnit.MINUTES.toNanos(1);
  private static final int SHARE_OF_TIME = 100;

  private final Disk disk;
  private final Path dir;
  private final DamageReport report;
  private long savedAt = System.nanoTime();
  private long pause = PAUSE_NANOS;

  DamageFile(Disk disk, Path dir, DamageReport report) {
    this.disk = disk;
    this.dir = dir;
    this.report = report;
  }

  /** Reads what was remembered; nothing fails when it cannot be read. */
  void load(Function<Integer, Optional<Volume>> volumes) {
    Path file = dir.resolve(FILE);
    if (!Files.exists(file)) {
      return;
    }
    int unreadable = 0;
    // Line by line, and malformed UTF-8 as what it looks like: one bad line costs no other.
    try (BufferedReader lines = Files.newBufferedReader(file, StandardCharsets.ISO_8859_1)) {
      lines.readLine();
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Optional<Damage> damage = parse(line);
        if (damage.isEmpty()) {
          unreadable++;
        } else if (isIn(volumes.apply(damage.get().volume()), damage.get())) {
          report.restore(damage.get());
        }
      }
    } catch (IOException e) {
      LOG.warn("cannot read {}: {}", file, e.toString());
    }
    if (unreadable > 0) {
      LOG.warn("{} lines of {} make no sense and are passed over", unreadable, file);
    }
  }

  private static boolean isIn(Optional<Volume> volume, Damage damage) {
    return volume.isPresent()
        && damage.offset() >= Volume.START
        && damage.offset() + damage.length() <= volume.get().length();
  }

  private Optional<Damage> parse(String line) {
    String[] fields =
        new String(line.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8)
            .split("\t", -1);
    if (fields.length != FIELDS) {
      return Optional.empty();
    }
    try {
      Location location =
          new Location(
              Integer.parseUnsignedInt(fields[0]),
              Long.parseLong(fields[1]),
              Long.parseLong(fields[2]));
      return Optional.of(
          new Damage(
              location.volume(),
              dir,
              location.offset(),
              location.length(),
              true,
              fields[5].equals(UNKNOWN) && fields[3].equals(UNKNOWN)
                  ? Optional.empty()
                  : Optional.of(PhotoName.of(fields[5])),
              fields[3].equals(UNKNOWN) ? Version.NONE : Version.parse(fields[3]),
              fields[6],
              Instant.parse(fields[4])));
    } catch (IllegalArgumentException | BackpackException | DateTimeException malformed) {
      return Optional.empty();
    }
  }

  /** Writes what has changed, unless it did so a short while ago. */
  void saveWhenDue() {
    if (System.nanoTime() - savedAt >= pause) {
      save();
    }
  }

  /** Writes what has changed. Nothing fails when the disk refuses it. */
  void save() {
    Optional<List<Damage>> changes = report.changes(dir);
    if (changes.isEmpty()) {
      return;
    }
    long begun = System.nanoTime();
    try {
      Path file = dir.resolve(FILE);
      if (!changes.get().isEmpty() || Files.exists(file)) {
        DurableFile.write(disk, file, encode(changes.get()));
      }
      savedAt = System.nanoTime();
      pause = Math.max(PAUSE_NANOS, SHARE_OF_TIME * (savedAt - begun));
    } catch (IOException e) {
      report.notKept(dir);
      savedAt = System.nanoTime();
      pause = PAUSE_AFTER_FAILURE_NANOS;
      LOG.warn("cannot remember the damage in {} over a restart: {}", dir, e.toString());
    }
  }

  private static ByteBuffer encode(List<Damage> damage) {
    StringBuilder text = new StringBuilder(FIRST_LINE).append('\n');
    for (Damage each : damage) {
      text.append(Integer.toUnsignedString(each.volume())).append('\t');
      text.append(each.offset()).append('\t').append(each.length()).append('\t');
      text.append(each.name().isPresent() ? each.version().hex() : UNKNOWN).append('\t');
      text.append(each.since()).append('\t');
      text.append(each.name().map(PhotoName::value).orElse(UNKNOWN)).append('\t');
      text.append(each.reason()).append('\n');
    }
    return ByteBuffer.wrap(text.toString().getBytes(StandardCharsets.UTF_8));
  }
}
