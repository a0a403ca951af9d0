package io.backpack.queue;

import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.util.List;
import java.util.Objects;

/**
 * A photo, or the tombstone of one, that a node still lacks.
 *
 * @param from ids of nodes that should have it, tried in turn; unused for a tombstone, which is
 *     whole in its version
 * @param to id of the node that lacks it
 * @param version of the write to copy; the source may have a later one by then, which is copied
 *     instead
 */
public record CopyTask(
    PhotoName name, Version version, boolean tombstone, List<String> from, String to) {
  public CopyTask {
    Objects.requireNonNull(name);
    Objects.requireNonNull(version);
    Objects.requireNonNull(to);
    from = List.copyOf(from);
  }
}
