package io.backpack.volume;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Objects;
import java.util.Optional;

/**
 * Bytes of a volume that should be there and are not what was written. They are left as they are.
 *
 * @param dir directory of the volume
 * @param offset of the first byte that cannot be trusted; of the needle when it is one
 * @param length up to the next byte that can be
 * @param needle these are the bytes of one needle, from its first to its last
 * @param name of the needle, when it is known
 * @param version of the needle, {@link Version#NONE} when it is not known
 * @param reason for people, one line
 * @param since when it was found, in whole seconds
 */
public record Damage(
    int volume,
    Path dir,
    long offset,
    long length,
    boolean needle,
    Optional<PhotoName> name,
    Version version,
    String reason,
    Instant since) {
  public Damage {
    Objects.requireNonNull(dir);
    Objects.requireNonNull(name);
    Objects.requireNonNull(version);
    reason = reason.replaceAll("\\p{Cntrl}", " ");
    since = since.truncatedTo(ChronoUnit.SECONDS);
  }

  /** Bytes found now, of which is not known whether they are one needle. */
  public Damage(int volume, Path dir, long offset, long length, String reason) {
    this(volume, dir, offset, length, false, Optional.empty(), Version.NONE, reason, Instant.now());
  }

  /** A needle found damaged now, whose header cannot be read. */
  static Damage ofNeedle(Path dir, Location location, String reason) {
    return new Damage(
        location.volume(),
        dir,
        location.offset(),
        location.length(),
        true,
        Optional.empty(),
        Version.NONE,
        reason,
        Instant.now());
  }

  /** The same damage of a needle of which the name is known. */
  Damage named(PhotoName knownName, Version knownVersion) {
    return new Damage(
        volume, dir, offset, length, needle, Optional.of(knownName), knownVersion, reason, since);
  }
}
