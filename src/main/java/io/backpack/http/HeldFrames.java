package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.Held;
import io.backpack.api.HeldName;
import io.backpack.api.HeldSums;
import io.backpack.api.Holdings;
import io.backpack.api.Lost;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * What nodes say to each other about what they have. Numbers are big-endian.
 *
 * <pre>
 *   question:  1  1 for the sums, 2 for the entries of slots, 3 for names, 4 for what is lost,
 *                 5 for the tombstones of slots
 *              of 2 and 5: 2 for each slot
 *              of 3: 8 for each hash
 *   answer
 *     of 1:    262,144, see {@link HeldSums}
 *     of 2, 5: for each entry 8 hash, 8 version, 1 flags (1 tombstone)
 *     of 3:    for each name 8 version, 1 flags, 2 length of the name, the name
 *     of 4:    1 flags (1 there is more, 2 there is more without names), then entries as of 2
 * </pre>
 *
 * Questions from 32 on are those of {@link RepairFrames}.
 */
final class HeldFrames {
  /** Of both bodies. */
  static final String TYPE = "application/vnd.backpack.held.v1";

  /** More than the longest question has; what asks too much of a node gets that for an answer. */
  static final int MAX_QUESTION = 8 << 10;

  private static final int SUMS = 1;
  private static final int SLOTS = 2;
  private static final int NAMES = 3;
  private static final int LOST = 4;
  private static final int TOMBSTONES = 5;
  private static final int TOMBSTONE = 1;
  private static final int MORE = 1;
  private static final int UNNAMED = 2;
  private static final int ENTRY = 2 * Long.BYTES + 1;
  private static final int NAME_HEAD = Long.BYTES + 1 + Short.BYTES;

  private HeldFrames() {}

  static Buffer askSums() {
    return Buffer.buffer(1).appendByte((byte) SUMS);
  }

  static Buffer askSlots(List<Integer> slots) {
    return ofSlots(SLOTS, slots);
  }

  static Buffer askTombstones(List<Integer> slots) {
    return ofSlots(TOMBSTONES, slots);
  }

  private static Buffer ofSlots(int question, List<Integer> slots) {
    Buffer asked = Buffer.buffer().appendByte((byte) question);
    slots.forEach(asked::appendUnsignedShort);
    return asked;
  }

  static Buffer askNames(List<Long> hashes) {
    Buffer question = Buffer.buffer().appendByte((byte) NAMES);
    hashes.forEach(question::appendLong);
    return question;
  }

  static Buffer askLost() {
    return Buffer.buffer(1).appendByte((byte) LOST);
  }

  /**
   * Answers a question.
   *
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST} when it is none
   */
  static Future<Buffer> answer(Buffer question, Holdings holdings) {
    return switch (question.length() == 0 ? 0 : question.getByte(0)) {
      case SUMS -> {
        items(question, 0, at -> null);
        yield holdings.sums().map(sums -> Buffer.buffer(sums.bytes()));
      }
      case SLOTS ->
          holdings
              .list(items(question, Short.BYTES, question::getUnsignedShort))
              .map(HeldFrames::entries);
      case NAMES ->
          holdings.names(items(question, Long.BYTES, question::getLong)).map(HeldFrames::names);
      case LOST -> {
        items(question, 0, at -> null);
        yield holdings.lost().map(HeldFrames::lost);
      }
      case TOMBSTONES ->
          holdings
              .tombstones(items(question, Short.BYTES, question::getUnsignedShort))
              .map(HeldFrames::entries);
      default -> throw malformed();
    };
  }

  private static <T> List<T> items(Buffer question, int size, Function<Integer, T> reader) {
    int bytes = question.length() - 1;
    if (size == 0 ? bytes != 0 : bytes % size != 0) {
      throw malformed();
    }
    List<T> items = new ArrayList<>();
    for (int at = 1; at < question.length(); at += size) {
      items.add(reader.apply(at));
    }
    return items;
  }

  private static Buffer entries(List<Held> entries) {
    Buffer answer = Buffer.buffer(entries.size() * ENTRY);
    for (Held each : entries) {
      answer
          .appendLong(each.hash())
          .appendLong(each.version().bits())
          .appendByte(flags(each.tombstone()));
    }
    return answer;
  }

  private static Buffer names(List<HeldName> names) {
    Buffer answer = Buffer.buffer();
    for (HeldName each : names) {
      answer
          .appendLong(each.version().bits())
          .appendByte(flags(each.tombstone()))
          .appendUnsignedShort(each.name().length())
          .appendBytes(each.name().utf8());
    }
    return answer;
  }

  private static Buffer lost(Lost lost) {
    int flags = (lost.more() ? MORE : 0) | (lost.unnamed() ? UNNAMED : 0);
    return Buffer.buffer().appendByte((byte) flags).appendBuffer(entries(lost.entries()));
  }

  private static byte flags(boolean tombstone) {
    return (byte) (tombstone ? TOMBSTONE : 0);
  }

  private static boolean tombstone(byte flags) {
    return (flags & TOMBSTONE) != 0;
  }

  /**
   * Reads the answer to {@link #askSlots} and to {@link #askTombstones}.
   *
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST} when it is none
   */
  static List<Held> readEntries(Buffer answer) {
    if (answer.length() % ENTRY != 0) {
      throw malformed();
    }
    List<Held> entries = new ArrayList<>(answer.length() / ENTRY);
    for (int at = 0; at < answer.length(); at += ENTRY) {
      entries.add(
          new Held(
              answer.getLong(at),
              new Version(answer.getLong(at + Long.BYTES)),
              tombstone(answer.getByte(at + 2 * Long.BYTES))));
    }
    return entries;
  }

  /**
   * Reads the answer to {@link #askNames}.
   *
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST} when it is none, {@link
   *     ErrorCode#BAD_NAME} when it has a name that is none
   */
  static List<HeldName> readNames(Buffer answer) {
    List<HeldName> names = new ArrayList<>();
    int at = 0;
    while (at < answer.length()) {
      int head = at + NAME_HEAD;
      int end = head > answer.length() ? head : head + answer.getUnsignedShort(head - Short.BYTES);
      if (end > answer.length()) {
        throw malformed();
      }
      names.add(
          new HeldName(
              PhotoName.of(answer.getBytes(head, end)),
              new Version(answer.getLong(at)),
              tombstone(answer.getByte(at + Long.BYTES))));
      at = end;
    }
    return names;
  }

  /**
   * Reads the answer to {@link #askLost}.
   *
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST} when it is none
   */
  static Lost readLost(Buffer answer) {
    if (answer.length() == 0 || answer.length() > 1 + Lost.MAX * ENTRY) {
      throw malformed();
    }
    int flags = answer.getByte(0);
    return new Lost(
        readEntries(answer.slice(1, answer.length())), (flags & MORE) != 0, (flags & UNNAMED) != 0);
  }

  private static BackpackException malformed() {
    return new BackpackException(ErrorCode.BAD_REQUEST, "this is not a body of type " + TYPE);
  }
}
