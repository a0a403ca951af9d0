package io.backpack.archive;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.util.Optional;

/**
 * A photo in an archive, without its bytes.
 *
 * @param contentType empty when the archive does not say
 * @param version that it had when {@code volume export} wrote it; none of other archives
 * @param crc32c 8 hex digits, likewise
 * @param size in bytes
 */
public record ArchivedPhoto(
    PhotoName name,
    String contentType,
    Optional<Version> version,
    Optional<String> crc32c,
    long size) {}
