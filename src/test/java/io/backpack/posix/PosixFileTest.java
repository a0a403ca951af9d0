package io.backpack.posix;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

@EnabledOnOs(OS.LINUX)
class PosixFileTest {
  private static final int SIZE = 100_000;

  @TempDir Path dir;

  private Path file(String name, int seed) throws IOException {
    byte[] bytes = new byte[SIZE];
    new Random(seed).nextBytes(bytes);
    return Files.write(dir.resolve(name), bytes);
  }

  private static byte[] bytes(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.flip().remaining()];
    buffer.get(bytes);
    return bytes;
  }

  @Test
  void readsWhatIsThere() throws IOException {
    byte[] content = Files.readAllBytes(file("photo-\u00e4\u65e5", 1));
    try (PosixFile file = PosixFile.open(dir.resolve("photo-\u00e4\u65e5")).orElseThrow()) {
      ByteBuffer into = ByteBuffer.allocateDirect(5_000).position(100);
      assertEquals(4_900, file.read(into, 333));
      assertEquals(-1, into.remaining() - 1);
      into.position(100);
      assertEquals(
          ByteBuffer.wrap(content, 333, 4_900), into, "from the position of the buffer on");
      assertEquals(1_000, file.read(into.clear(), SIZE - 1_000), "up to the end of the file");
      assertEquals(-1, file.read(into.clear(), SIZE));
    }
  }

  @Test
  void readsNowWhatIsInMemoryAndSaysWhatItCannotTell() throws IOException {
    byte[] content = Files.readAllBytes(file("photo", 2));
    try (PosixFile file = PosixFile.open(dir.resolve("photo")).orElseThrow()) {
      ByteBuffer into = ByteBuffer.allocateDirect(9_000);
      int count = file.readNow(into, 4_321);
      if (!file.tells()) {
        assertEquals(PosixFile.NOT_NOW, count);
        assertEquals(PosixFile.NOT_NOW, file.readNow(into, 4_321), "it is not asked again");
        return;
      }
      assertEquals(9_000, count, "the file has just been written");
      assertEquals(
          ByteBuffer.wrap(content, 4_321, 9_000), ByteBuffer.wrap(bytes(into)), "the bytes");
      assertEquals(-1, file.readNow(into.clear(), SIZE));
    }
  }

  @Test
  void saysWhichFileItCannotOpen() {
    IOException missing =
        assertThrows(IOException.class, () -> PosixFile.open(dir.resolve("missing")));
    assertTrue(missing.getMessage().contains("missing"), missing::getMessage);
    assertTrue(missing.getMessage().contains("No such file"), missing::getMessage);
  }

  @Test
  void isClosedForAll() throws IOException {
    file("photo", 3);
    PosixFile file = PosixFile.open(dir.resolve("photo")).orElseThrow();
    file.close();
    file.close();
    ByteBuffer into = ByteBuffer.allocateDirect(10);
    assertThrows(ClosedChannelException.class, () -> file.read(into, 0));
    assertThrows(ClosedChannelException.class, () -> file.readNow(into, 0));
  }

  /**
   * Files are opened and closed all the time while they are read, so the numbers of their
   * descriptors come round within microseconds: a reader of one must never see the bytes of
   * another.
   */
  @Test
  void neverReadsAnotherFileThatGotTheSameDescriptor() throws Exception {
    int files = 4;
    Path[] paths = new Path[files];
    byte[][] contents = new byte[files][];
    for (int i = 0; i < files; i++) {
      contents[i] = new byte[SIZE];
      Arrays.fill(contents[i], (byte) (i + 1));
      paths[i] = Files.write(dir.resolve("file" + i), contents[i]);
    }
    AtomicReference<PosixFile[]> open = new AtomicReference<>(openAll(paths));
    AtomicBoolean stop = new AtomicBoolean();
    AtomicLong reads = new AtomicLong();
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try {
      Future<?>[] readers = new Future<?>[4];
      for (int i = 0; i < readers.length; i++) {
        int mine = i;
        readers[i] =
            threads.submit(
                () -> {
                  ByteBuffer into = ByteBuffer.allocateDirect(64);
                  while (!stop.get()) {
                    PosixFile file = open.get()[mine];
                    for (int times = 0; times < 20; times++) {
                      into.clear();
                      try {
                        int count = times % 2 == 0 ? file.read(into, 0) : file.readNow(into, times);
                        if (count > 0) {
                          assertEquals(mine + 1, into.get(0));
                          reads.incrementAndGet();
                        }
                      } catch (ClosedChannelException expected) {
                        break;
                      }
                    }
                  }
                  return null;
                });
      }
      for (int round = 0; round < 5_000; round++) {
        // The next files get the numbers of these, in another order.
        for (PosixFile each : open.get()) {
          each.close();
        }
        open.set(openAll(paths));
      }
      stop.set(true);
      for (Future<?> each : readers) {
        each.get(20, TimeUnit.SECONDS);
      }
    } finally {
      stop.set(true);
      threads.shutdown();
      for (PosixFile each : open.get()) {
        each.close();
      }
    }
    assertTrue(reads.get() > 100, reads + " reads");
  }

  private static PosixFile[] openAll(Path[] paths) throws IOException {
    PosixFile[] files = new PosixFile[paths.length];
    int first = (int) (System.nanoTime() & paths.length - 1);
    for (int i = 0; i < paths.length; i++) {
      int which = (first + i) % paths.length;
      files[which] = PosixFile.open(paths[which]).orElseThrow();
    }
    return files;
  }
}
