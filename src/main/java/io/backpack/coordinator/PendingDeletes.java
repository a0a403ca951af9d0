package io.backpack.coordinator;

import io.backpack.api.PhotoAddress;
import io.backpack.api.Version;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The last deletes that did not reach every node at once. A node that was away still has such a
 * photo when it returns, and takes an upload of other bytes for a conflict. A node with the
 * tombstone says so when it takes the upload; but it may be away itself by then, or its answer be
 * lost, and without this memory the deleted photo would be taken for one that must be kept. It is
 * of one process and bounded: a help, not a promise. Safe for use by any thread.
 */
final class PendingDeletes {
  private static final int MAX = 20_000;

  private final Map<PhotoAddress, Version> versions =
      new LinkedHashMap<>() {
        @Override
        protected boolean removeEldestEntry(Map.Entry<PhotoAddress, Version> eldest) {
          return size() > MAX;
        }
      };

  synchronized void add(PhotoAddress address, Version version) {
    versions.remove(address);
    versions.put(address, version);
  }

  /** The version of the last such delete, or {@link Version#NONE}. */
  synchronized Version of(PhotoAddress address) {
    return versions.getOrDefault(address, Version.NONE);
  }
}
