package io.backpack.http;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.SelfRepair;
import io.vertx.core.Future;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;

/**
 * The questions of {@link HeldFrames#TYPE} about a node's repair. They are asked like the others,
 * and not below {@code /_/}, since that needs a token of its own beyond loopback, and {@code
 * http.admin-port} moves it away.
 *
 * <pre>
 *   question:  1  32 for "compare yourself with your peers", 33 for "how do you stand?"
 *   answer:    JSON, as of POST and GET /_/repair
 * </pre>
 */
final class RepairFrames {
  private static final int BEGIN = 32;
  private static final int STATUS = 33;

  private RepairFrames() {}

  static Buffer askBegin() {
    return Buffer.buffer(1).appendByte((byte) BEGIN);
  }

  static Buffer askStatus() {
    return Buffer.buffer(1).appendByte((byte) STATUS);
  }

  static boolean matches(Buffer question) {
    return question.length() == 1
        && (question.getByte(0) == BEGIN || question.getByte(0) == STATUS);
  }

  /** Answers a question that {@link #matches}. */
  static Future<Buffer> answer(Buffer question, SelfRepair repair) {
    Future<JsonObject> answer = question.getByte(0) == BEGIN ? repair.begin() : repair.status();
    return answer.map(JsonObject::toBuffer);
  }

  /**
   * Reads an answer.
   *
   * @throws BackpackException {@link ErrorCode#BAD_REQUEST} when it is none
   */
  static JsonObject read(Buffer answer) {
    try {
      return answer.toJsonObject();
    } catch (DecodeException | ClassCastException e) {
      throw new BackpackException(ErrorCode.BAD_REQUEST, "the answer is no JSON object", e);
    }
  }
}
