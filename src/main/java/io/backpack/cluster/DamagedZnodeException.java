package io.backpack.cluster;

/** A znode does not hold what it should; the message says which one and what is wrong with it. */
final class DamagedZnodeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  DamagedZnodeException(String znode, String what) {
    super("znode '" + znode + "' is damaged: " + what, null, false, false);
  }
}
