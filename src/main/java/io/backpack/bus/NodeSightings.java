package io.backpack.bus;

import java.util.Optional;

/** What was last heard of the storage nodes. A hint for the order of tries, never a veto. */
public interface NodeSightings {
  /** A node's last announcement, unless it is older than a few intervals. */
  Optional<NodeSighting> recent(String nodeId);
}
