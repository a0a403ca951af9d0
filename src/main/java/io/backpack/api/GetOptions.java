package io.backpack.api;

import java.util.Optional;

/**
 * How to read.
 *
 * @param range the part that is wanted; all when empty
 */
public record GetOptions(Optional<RangeRequest> range, Trace trace) {
  public static final GetOptions DEFAULT = new GetOptions(Optional.empty(), Trace.NONE);
}
