package io.backpack.repair;

/**
 * How a comparison with one peer ended.
 *
 * @param reason for people; empty when all is well
 */
record RoundEnd(Kind kind, String reason) {
  /** What is to follow. */
  enum Kind {
    /** All was copied, but for what is among the failures. */
    DONE,
    /** The same, and a node that has one of the failures may answer later. */
    AGAIN,
    /** The peer did not answer, or not to the end, or is none that says what it has. */
    PEER_AWAY,
    /** The peer answered that it cannot say yet. */
    PEER_NOT_READY,
    /** More cannot be copied than is kept in mind, so nothing is known of names any more. */
    TOO_MANY,
    /** This node does not know yet what it has itself. */
    NOT_READY,
    /** This node takes no deletes now; those that it lacks are remembered. */
    DISK_AWAY,
    /** This node itself cannot go on now. */
    NODE_AWAY,
    /** The node is being stopped. */
    STOPPED
  }

  /** Ends a comparison from within. */
  static final class Stop extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient RoundEnd end;

    Stop(Kind kind, String reason) {
      super(reason, null, false, false);
      this.end = new RoundEnd(kind, reason);
    }

    RoundEnd end() {
      return end;
    }
  }
}
