package io.backpack.queue;

import java.util.Objects;

/**
 * A mark that a target is behind: it had so many tasks on a server that further ones were counted
 * and dropped. What they were only a comparison of the target with its peers can tell.
 *
 * @param server that has the mark
 * @param since when the first task collapsed into it, by the clock of the server, in ms since 1970
 * @param tasks how many did so far
 */
public record BehindMark(String server, String target, long since, long tasks) {
  public BehindMark {
    Objects.requireNonNull(server);
    Objects.requireNonNull(target);
  }
}
