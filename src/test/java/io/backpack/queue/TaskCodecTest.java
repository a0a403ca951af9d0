package io.backpack.queue;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.backpack.api.BackpackException;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TaskCodecTest {
  private static final Version VERSION = Version.parse("0123456789abcdef");

  @Test
  void aPhotoComesBackAsItWent() {
    CopyTask task =
        new CopyTask(PhotoName.of("a/\u00e9 \"b\".jpg"), VERSION, false, List.of("1", "n-2"), "3");
    assertEquals(task, TaskCodec.decode(TaskCodec.encode(task)));
  }

  @Test
  void aTombstoneComesBackAsItWent() {
    CopyTask task = new CopyTask(PhotoName.of("x"), VERSION, true, List.of(), "3");
    assertEquals(task, TaskCodec.decode(TaskCodec.encode(task)));
  }

  @Test
  void theLayoutIsTheDocumentedOne() {
    CopyTask task = new CopyTask(PhotoName.of("a/b.jpg"), VERSION, false, List.of("1"), "2");
    assertEquals(
        "{\"from\":[\"1\"],\"to\":\"2\",\"path\":\"a/b.jpg\","
            + "\"version\":\"0123456789abcdef\",\"kind\":\"photo\"}",
        TaskCodec.encode(task));
  }

  @Test
  void aTaskOfTheOriginalIsRead() {
    CopyTask task = TaskCodec.decode("{\"from\":[1,\"4\"],\"to\":7,\"path\":\"/lol.jpg\"}");
    assertEquals(
        new CopyTask(PhotoName.of("lol.jpg"), Version.NONE, false, List.of("1", "4"), "7"), task);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{",
        "{\"to\":\"1\"}",
        "{\"path\":\"a\"}",
        "{\"path\":\"a\",\"to\":\"1\",\"kind\":\"tombstone\"}",
        "{\"path\":\"a\",\"to\":\"1\",\"kind\":\"cat\"}",
        "{\"path\":\"a\",\"to\":\"1\",\"version\":\"xyz\"}",
        "{\"path\":\"a\",\"to\":\"1\",\"from\":\"2\"}",
        "{\"path\":\"a\",\"to\":\"1\",\"from\":[null]}",
        "{\"path\":\"../a\",\"to\":\"1\"}",
        "{\"path\":\"a\",\"to\":\"no such id\"}",
        "{\"path\":1,\"to\":\"1\"}"
      })
  void whatIsNoTaskIsRefusedWithAReason(String text) {
    assertThrows(BackpackException.class, () -> TaskCodec.decode(text));
  }
}
