package io.backpack.index;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.HeldSums;
import io.backpack.api.PhotoName;
import io.backpack.redis.RedisLink;
import io.backpack.redis.RedisScript;
import io.vertx.core.Future;
import io.vertx.redis.client.Command;
import io.vertx.redis.client.Request;
import io.vertx.redis.client.Response;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The names of one node's keys, and the calls that need them. Immutable. */
final class Keyspace {
  /**
   * Changes when a release stores other bytes. 1 knew no generations and did not count the dead, 2
   * had no sums and hashes of names that were each store's own.
   */
  static final String LAYOUT = "3";

  /**
   * Entries a bucket has on average. All stay far below the 512 up to which Redis keeps a hash in
   * the compact encoding; a bucket waiting for its split has up to twice the average.
   */
  static final int TARGET = 64;

  /** The bucket of a name is told by 32 bits of its hash, the highest for one that is split. */
  private static final long MAX_BUCKETS = 1L << 31;

  private static final RedisScript CLAIM = script("claim.lua");
  private static final RedisScript APPLY = script("apply.lua");
  private static final RedisScript FORGET = script("forget.lua");
  private static final RedisScript WHOLE = script("whole.lua");
  private static final RedisScript HOLE = script("hole.lua");
  private static final RedisScript ROOM = script("room.lua");
  private static final RedisScript SLOTS = script("slots.lua");
  private static final RedisScript FIND = script("find.lua");
  private static final RedisScript NAMES = script("names.lua");
  private static final Pattern POLICY = Pattern.compile("maxmemory_policy:([a-z-]+)");

  private final String nodeId;
  private final String cookie;
  private final String prefix;
  private final String meta;
  private final String checkpoints;
  private final String names;
  private final String dead;
  private final String holes;
  private final String sums;
  private final String buckets;

  /**
   * What the keyspace holds, as a script found it.
   *
   * @param level two to this power is the number of buckets when the round of splits began
   * @param split the bucket that is split next
   * @param count entries in the buckets
   * @param tombstones among all entries
   * @param collisions entries under their full name
   */
  record Shape(int level, long split, long count, long tombstones, long collisions) {
    static final Shape EMPTY = new Shape(0, 0, 0, 0, 0);

    /** Reads five numbers of an answer. */
    static Shape of(Response answer, int first) {
      return new Shape(
          answer.get(first).toInteger(),
          answer.get(first + 1).toLong(),
          answer.get(first + 2).toLong(),
          answer.get(first + 3).toLong(),
          answer.get(first + 4).toLong());
    }

    /** Buckets for so many entries. */
    static Shape roomFor(long entries) {
      long buckets = Math.max(1, Math.min((entries + TARGET - 1) / TARGET, MAX_BUCKETS));
      int level = Long.SIZE - 1 - Long.numberOfLeadingZeros(buckets);
      return new Shape(level, buckets - (1L << level), 0, 0, 0);
    }

    long buckets() {
      return (1L << level) + split;
    }

    long photos() {
      return count + collisions - tombstones;
    }

    /** The bucket of a hash: linear hashing (Litwin, 1980) over the lower 32 bits. */
    long bucket(long hash) {
      long low = hash & 0xffff_ffffL;
      long bucket = low & (1L << level) - 1;
      return bucket < split ? low & (1L << level + 1) - 1 : bucket;
    }
  }

  /**
   * What a claim found.
   *
   * @param whole it was made to its end once, from all directories of the node
   * @param holes volumes that were applied past needles of which nothing is known
   */
  record Claimed(Shape shape, Map<Integer, Long> checkpoints, boolean whole, Set<Integer> holes) {}

  /**
   * Names in some buckets.
   *
   * @param next the bucket to go on with; 0 after the last one
   * @param hashes 8 bytes each, highest first
   */
  record NamePage(long next, ByteBuffer hashes) {}

  /** The keyspace, or Redis as it is set up, cannot be used until somebody does something. */
  static final class RefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    RefusedException(String message) {
      super(message, null, false, false);
    }
  }

  Keyspace(String nodeId, String cookie) {
    this.nodeId = nodeId;
    this.cookie = cookie;
    // In braces, so that a cluster of Redis would keep all keys of a node on one server.
    this.prefix = "bp:{" + nodeId + "}:";
    this.meta = prefix + "meta";
    this.checkpoints = prefix + "ckpt";
    this.names = prefix + "names";
    this.dead = prefix + "dead";
    this.holes = prefix + "holes";
    this.sums = prefix + "sums";
    this.buckets = prefix + "b";
  }

  private static RedisScript script(String name) {
    try (InputStream in = Keyspace.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the jar lacks " + name);
      }
      return RedisScript.of(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Checks that Redis keeps what it is given, and takes the keyspace under a new epoch: whoever
   * still uses the old one is refused from then on. Fails with {@link RefusedException} when it
   * must not be used.
   */
  Future<Claimed> claim(RedisLink link, String epoch) {
    return link.send(Request.cmd(Command.INFO).arg("memory"))
        .compose(this::checkPolicy)
        .compose(ok -> APPLY.load(link))
        .compose(ok -> FORGET.load(link))
        .compose(
            ok ->
                CLAIM.call(
                    link,
                    request ->
                        request
                            .arg(6)
                            .arg(meta)
                            .arg(checkpoints)
                            .arg(names)
                            .arg(bucketKey(0))
                            .arg(holes)
                            .arg(sums)
                            .arg(cookie)
                            .arg(nodeId)
                            .arg(epoch)
                            .arg(LAYOUT)))
        .compose(this::claimed);
  }

  private Future<Void> checkPolicy(Response info) {
    Matcher policy = POLICY.matcher(info.toString());
    if (policy.find() && !policy.group(1).equals("noeviction")) {
      return Future.failedFuture(
          new RefusedException(
              "Redis has maxmemory-policy "
                  + policy.group(1)
                  + " and would throw entries of the index away: set it to noeviction"
                  + " (CONFIG SET maxmemory-policy noeviction, and in redis.conf)"));
    }
    return Future.succeededFuture();
  }

  private Future<Claimed> claimed(Response answer) {
    String status = answer.get(0).toString();
    return switch (status) {
      case "OK" ->
          Future.succeededFuture(
              new Claimed(
                  Shape.of(answer, 1),
                  marks(answer.get(6)),
                  answer.get(7).toString().equals("1"),
                  volumes(answer.get(8))));
      case "FOREIGN" ->
          refused(
              "the keys "
                  + prefix
                  + "* in Redis belong to another store (node "
                  + answer.get(1)
                  + ", cookie "
                  + answer.get(2)
                  + ", ours is "
                  + cookie
                  + "): give this node a Redis or database of its own, or delete those keys if"
                  + " that store is gone");
      case "ERASING" ->
          refused(
              "the keys "
                  + prefix
                  + "* in Redis were being deleted, which did not come to its end: give the command"
                  + " that did so again (backpack node --replace"
                  + (answer.get(1).toString().equals(cookie)
                      ? ", or backpack volume rebuild-index)"
                      : ")"));
      case "LAYOUT" ->
          refused(
              "the keys "
                  + prefix
                  + "* in Redis have layout "
                  + answer.get(1)
                  + ", this release knows "
                  + LAYOUT
                  + ": start the release that wrote them, or delete them to have the index"
                  + " rebuilt");
      default ->
          refused(
              "the key "
                  + (answer.size() > 1 ? sums : meta)
                  + " in Redis is gone while others of the index are there: delete the keys "
                  + prefix
                  + "* to have the index rebuilt");
    };
  }

  /** Numbers by volume: pairs in a row as scripts answer, or the map that RESP 3 has for a hash. */
  private static Map<Integer, Long> marks(Response pairs) {
    Map<Integer, Long> marks = new HashMap<>();
    if (pairs.isMap()) {
      for (String volume : pairs.getKeys()) {
        marks.put(Integer.parseInt(volume), pairs.get(volume).toLong());
      }
      return marks;
    }
    for (int i = 0; i + 1 < pairs.size(); i += 2) {
      marks.put(Integer.parseInt(pairs.get(i).toString()), pairs.get(i + 1).toLong());
    }
    return marks;
  }

  private static <T> Future<T> refused(String message) {
    return Future.failedFuture(new RefusedException(message));
  }

  /** Notes that the index holds all that all directories of the node hold. */
  Future<Void> markWhole(RedisLink link, String epoch) {
    return WHOLE
        .call(link, request -> request.arg(1).arg(meta).arg(epoch))
        .compose(Keyspace::accepted)
        .mapEmpty();
  }

  /**
   * Makes room for entries in a keyspace that has none yet; one that has some stays as it is.
   *
   * @return the shape it has now
   */
  Future<Shape> makeRoom(RedisLink link, String epoch, long entries) {
    Shape room = Shape.roomFor(entries);
    return ROOM.call(
            link, request -> request.arg(1).arg(meta).arg(epoch).arg(room.level).arg(room.split))
        .compose(Keyspace::accepted)
        .map(answer -> Shape.of(answer, 1));
  }

  /** Notes that a volume was applied past needles of which nothing is known. */
  Future<Void> markHole(RedisLink link, String epoch, int volume) {
    return HOLE.call(link, request -> request.arg(2).arg(meta).arg(holes).arg(epoch).arg(volume))
        .compose(Keyspace::accepted)
        .mapEmpty();
  }

  private static Set<Integer> volumes(Response members) {
    Set<Integer> volumes = new HashSet<>();
    members.forEach(each -> volumes.add(Integer.parseInt(each.toString())));
    return volumes;
  }

  /** Removes the checkpoints and the counts of volumes. */
  Future<Void> forget(RedisLink link, String epoch, Collection<Integer> volumes) {
    return FORGET
        .callLoaded(
            link,
            request -> {
              request.arg(4).arg(meta).arg(checkpoints).arg(dead).arg(holes).arg(epoch);
              volumes.forEach(request::arg);
              return request;
            })
        .compose(Keyspace::accepted)
        .mapEmpty();
  }

  /**
   * Calls {@code apply.lua}; the answer has the shape at 1 to 5 and the outcomes, if wanted, at 6.
   * Calls are carried out in the order in which they are made.
   */
  Future<Response> apply(
      RedisLink link,
      String epoch,
      int volume,
      long from,
      long to,
      BatchCodec.Encoded entries,
      boolean outcomes) {
    return APPLY
        .callLoaded(
            link,
            request -> {
              request
                  .arg(5)
                  .arg(meta)
                  .arg(checkpoints)
                  .arg(names)
                  .arg(dead)
                  .arg(sums)
                  .arg(buckets)
                  .arg(epoch)
                  .arg(volume)
                  .arg(from)
                  .arg(to)
                  .arg(entries.bytes())
                  .arg(TARGET)
                  .arg(outcomes ? 1 : 0);
              entries.sums().addTo(request);
              return request;
            })
        .compose(Keyspace::accepted);
  }

  private static Future<Response> accepted(Response answer) {
    String status = answer.get(0).toString();
    if (status.equals("OK")) {
      return Future.succeededFuture(answer);
    }
    if (status.equals("EPOCH")) {
      return Future.failedFuture(notClaimed());
    }
    return Future.failedFuture(
        new BackpackException(
            ErrorCode.INDEX_UNAVAILABLE,
            "the index in Redis stands at " + answer.get(1) + " of the volume"));
  }

  Request get(long hash, long bucket) {
    return Request.cmd(Command.HGET).arg(bucketKey(bucket)).arg(field(hash));
  }

  private static byte[] field(long hash) {
    return ByteBuffer.allocate(Long.BYTES).putLong(hash).array();
  }

  Request getNamed(byte[] name) {
    return Request.cmd(Command.HGET).arg(names).arg(name);
  }

  /** What names there are in so many buckets from one on. */
  Future<NamePage> names(RedisLink link, String epoch, long first, int count) {
    return NAMES
        .call(
            link, request -> request.arg(1).arg(meta).arg(buckets).arg(epoch).arg(first).arg(count))
        .compose(Keyspace::accepted)
        .map(
            answer ->
                new NamePage(answer.get(1).toLong(), ByteBuffer.wrap(answer.get(2).toBytes())));
  }

  /** All names that are kept under their full name; the epoch is checked in the same round trip. */
  Future<List<PhotoName>> collided(RedisLink link, String epoch) {
    return underEpoch(link, epoch, Request.cmd(Command.HKEYS).arg(names))
        .map(found -> found.stream().map(name -> PhotoName.of(name.toBytes())).toList());
  }

  /** Bytes of superseded needles in each volume; the epoch is checked in the same round trip. */
  Future<Map<Integer, Long>> deadBytes(RedisLink link, String epoch) {
    return underEpoch(link, epoch, Request.cmd(Command.HGETALL).arg(dead)).map(Keyspace::marks);
  }

  /** The sums of all slots in their encoded form; the epoch is checked in the same round trip. */
  Future<byte[]> sums(RedisLink link, String epoch) {
    return underEpoch(
            link, epoch, Request.cmd(Command.GETRANGE).arg(sums).arg(0).arg(HeldSums.BYTES - 1))
        // Redis has it as long as its last slot that ever was changed.
        .map(bytes -> Arrays.copyOf(bytes.toBytes(), HeldSums.BYTES));
  }

  private Future<Response> underEpoch(RedisLink link, String epoch, Request request) {
    return link.batch(List.of(request, getMeta()))
        .compose(
            answers -> {
              Response found = answers.get(1).get(0);
              return found == null || !found.toString().equals(epoch)
                  ? Future.failedFuture(notClaimed())
                  : Future.succeededFuture(answers.get(0));
            });
  }

  /** Calls {@code slots.lua}. */
  Future<Response> slots(RedisLink link, String epoch, List<Integer> slots) {
    return SLOTS
        .call(
            link,
            request -> {
              request.arg(2).arg(meta).arg(names).arg(buckets).arg(epoch);
              slots.forEach(request::arg);
              return request;
            })
        .compose(Keyspace::accepted);
  }

  /** Calls {@code find.lua}. */
  Future<Response> find(RedisLink link, String epoch, byte[] hashes) {
    return FIND.call(
            link,
            request -> request.arg(2).arg(meta).arg(names).arg(buckets).arg(epoch).arg(hashes))
        .compose(Keyspace::accepted);
  }

  private static BackpackException notClaimed() {
    return new BackpackException(
        ErrorCode.INDEX_UNAVAILABLE, "the index in Redis is not the one this node has claimed");
  }

  /** Asks for epoch, level, split and collisions, in this order. */
  Request getMeta() {
    return Request.cmd(Command.HMGET)
        .arg(meta)
        .arg("epoch")
        .arg("level")
        .arg("split")
        .arg("collisions");
  }

  String bucketKey(long bucket) {
    return buckets + bucket;
  }

  /**
   * @param collided another name has the place of this one's hash
   * @param known what is known of the keyspace; may be null
   */
  IndexPlace place(PhotoName name, long hash, boolean collided, Session known) {
    if (collided) {
      return new IndexPlace(names, name.value());
    }
    Shape shape = known == null ? Shape.EMPTY : known.shape();
    return IndexPlace.ofHash(bucketKey(shape.bucket(hash)), field(hash));
  }
}
