package io.backpack.chaos;

import io.vertx.core.json.JsonObject;

/**
 * One operation of a client: what it intended, and, once that is known, what it was answered. Times
 * are nanoseconds since the campaign began. It is written by one client; others read it as well.
 */
final class Op {
  enum Kind {
    PUT,
    DELETE,
    /** Through a coordinator. */
    READ,
    /** From the nodes of the shard in turn, as nginx does. */
    FALL_THROUGH
  }

  /** Nothing that was ever sent under this name. */
  static final long WRONG = -1;

  final long id;
  final int client;
  final Kind kind;
  final String name;

  /** Of a PUT the seed of its bytes. */
  final long seed;

  final String to;
  final long start;

  /** Shard, counted from 1; of a PUT it is known when it is answered, 0 before. */
  volatile int shard;

  volatile long end = Long.MAX_VALUE;
  volatile int status;
  volatile long version;

  /** Of a read that brought bytes: the seed of the upload they are of, or {@link #WRONG}. */
  volatile long found;

  /** Of a fall-through: nodes that said 404 before another had the answer. */
  volatile int denied;

  Op(long id, int client, Kind kind, String name, int shard, long seed, String to, long start) {
    this.id = id;
    this.client = client;
    this.kind = kind;
    this.name = name;
    this.shard = shard;
    this.seed = seed;
    this.to = to;
    this.start = start;
  }

  boolean done() {
    return end != Long.MAX_VALUE;
  }

  /** A write that was acknowledged. */
  boolean acknowledged() {
    return done() && (kind == Kind.PUT ? status == 201 : kind == Kind.DELETE && status == 204);
  }

  /** A write that was refused for good, and has no right to be seen. */
  boolean refused() {
    return done() && kind == Kind.PUT && status >= 400 && status < 500;
  }

  /** A write that may have been done, wholly or in part, or not. */
  boolean uncertain() {
    return write() && !acknowledged() && !refused();
  }

  boolean write() {
    return kind == Kind.PUT || kind == Kind.DELETE;
  }

  JsonObject intent() {
    return new JsonObject()
        .put("id", id)
        .put("at", start / 1_000_000)
        .put("client", client)
        .put("does", kind.name())
        .put("name", name)
        .put("shard", shard)
        .put("seed", Long.toHexString(seed))
        .put("to", to);
  }

  JsonObject answer() {
    return new JsonObject()
        .put("id", id)
        .put("at", end / 1_000_000)
        .put("status", status)
        .put("shard", shard)
        .put("version", String.format("%016x", version))
        .put("found", found == WRONG ? "wrong" : Long.toHexString(found))
        .put("denied", denied);
  }

  @Override
  public String toString() {
    return intent() + (done() ? " -> " + answer() : " (no answer)");
  }
}
