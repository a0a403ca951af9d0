package io.backpack.api;

/**
 * The answer to an upload: it is durable as the store promises.
 *
 * @param shard the shard it went to; empty when a node answered
 * @param info what is stored now
 * @param unchanged the same bytes were stored already under this name; nothing was written
 */
public record StoredPhoto(String shard, PhotoInfo info, boolean unchanged) {
  /** Where to read it. */
  public PhotoAddress address() {
    return new PhotoAddress(shard, info.name());
  }
}
