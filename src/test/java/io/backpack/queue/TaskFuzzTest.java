package io.backpack.queue;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.testing.Fuzz;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Whatever stands in a queue is a task, or said to be none: it must not end a replicator. */
class TaskFuzzTest {
  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static void decode(String text) {
    try {
      TaskCodec.decode(text);
    } catch (BackpackException notOurs) {
      assertTrue(
          notOurs.code() == ErrorCode.BAD_REQUEST || notOurs.code() == ErrorCode.BAD_NAME,
          notOurs::toString);
    }
  }

  @Test
  void tasks() {
    Fuzz.run(
        "task",
        20_000,
        bytes -> decode(new String(bytes, StandardCharsets.UTF_8)),
        utf8(
            "{\"from\":[\"1\",4],\"to\":\"7\",\"path\":\"2013/cat.jpg\","
                + "\"version\":\"018f3c2a5b000001\",\"kind\":\"photo\"}"),
        utf8("{\"from\":null,\"to\":7,\"path\":\"/a\",\"version\":null,\"kind\":\"tombstone\"}"));
  }

  @Test
  void whatIsNoObjectIsNoTask() {
    String deep = "[".repeat(100_000);
    for (String text :
        List.of(
            "null",
            "[]",
            "1",
            "\"a\"",
            "",
            "{}",
            "{\"from\":[null],\"to\":\"7\",\"path\":\"a\"}",
            "{\"from\":{},\"to\":\"7\",\"path\":\"a\"}",
            "{\"from\":[],\"to\":\"7\",\"path\":\"a\",\"kind\":null}",
            "{\"from\":[],\"to\":\"7\",\"path\":\"a\",\"kind\":[]}",
            "{\"from\":[],\"to\":\"7\",\"path\":\"a\",\"version\":1}",
            deep,
            "{\"from\":" + deep)) {
      decode(text);
    }
  }
}
