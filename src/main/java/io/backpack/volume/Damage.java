package io.backpack.volume;

import java.nio.file.Path;

/**
 * Bytes of a volume that should be there and are not what was written. They are left as they are.
 *
 * @param dir directory of the volume
 * @param offset of the first byte that cannot be trusted
 * @param length up to the next byte that can be
 * @param reason for people
 */
public record Damage(int volume, Path dir, long offset, long length, String reason) {}
