package io.backpack.api;

import java.util.Optional;

/**
 * The answer to an upload: it is durable as the store promises.
 *
 * @param shard the shard it went to; empty when a node answered
 * @param info what is stored now
 * @param unchanged the same bytes were stored already under this name; nothing was written
 * @param replaced the version of the delete whose tombstone stood under the name at this node and
 *     gave way to the photo, so that whoever finds an older photo at another node knows that it was
 *     deleted; empty when a photo or nothing stood there, and from a coordinator
 */
public record StoredPhoto(
    String shard, PhotoInfo info, boolean unchanged, Optional<Version> replaced) {

  /** Of an upload that replaced no tombstone. */
  public StoredPhoto(String shard, PhotoInfo info, boolean unchanged) {
    this(shard, info, unchanged, Optional.empty());
  }

  /** Where to read it. */
  public PhotoAddress address() {
    return new PhotoAddress(shard, info.name());
  }
}
