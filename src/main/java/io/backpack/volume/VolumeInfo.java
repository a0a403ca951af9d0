package io.backpack.volume;

import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/**
 * One volume as of now.
 *
 * @param id see {@link Location#volume()}
 * @param length bytes up to the end of its last durable needle
 * @param sealed nothing is appended any more
 * @param needles photos and tombstones, dead ones too
 * @param created when it was begun, milliseconds since 1970-01-01 UTC
 * @param verified when it was last read and verified from end to end, as far as is known
 */
public record VolumeInfo(
    int id,
    Path dir,
    long length,
    boolean sealed,
    long needles,
    long created,
    Optional<Instant> verified) {}
