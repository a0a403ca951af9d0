package io.backpack.volume;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.nio.ByteBuffer;

/**
 * A needle read from a volume, every checksum verified.
 *
 * @param contentType empty for a tombstone
 * @param attributes what else is known of the photo
 * @param crc32c of all data; 0 for a tombstone
 * @param dataOffset of the photo's first byte from where the needle begins
 * @param data the photo from position to limit, a part of the buffer it was read into; empty for a
 *     tombstone
 */
public record StoredNeedle(
    PhotoName name,
    Version version,
    boolean tombstone,
    String contentType,
    Attributes attributes,
    int crc32c,
    int dataOffset,
    ByteBuffer data) {}
