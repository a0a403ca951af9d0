package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.stream.Stream;

/** Small steps that the tests of the engine are made of. */
final class Engine {
  static final String NODE = "7";
  private static final long SECONDS = 20;

  private Engine() {}

  static VolumeSettings settings(Path... dirs) {
    return settings(8 << 20, dirs);
  }

  static VolumeSettings settings(long volumeSize, Path... dirs) {
    return new VolumeSettings(NODE, List.of(dirs), volumeSize, 0, true, 1 << 20, 64 << 20);
  }

  static VolumeSet open(Path dir, MemoryIndex index) {
    return VolumeSet.open(settings(dir), index);
  }

  static PhotoName name(String text) {
    return PhotoName.of(text);
  }

  static byte[] bytes(int size, long seed) {
    byte[] bytes = new byte[size];
    new Random(seed).nextBytes(bytes);
    return bytes;
  }

  static Needle photo(String name, long version, byte[] data) {
    ByteBuffer buffer = ByteBuffer.wrap(data);
    return new Needle(
        name(name),
        new Version(version),
        false,
        false,
        false,
        0,
        "image/jpeg",
        Attributes.NONE,
        buffer,
        Bytes.crc(buffer));
  }

  static Appended put(VolumeSet set, String name, long version, byte[] data) {
    return await(set.append(photo(name, version, data)));
  }

  static Appended delete(VolumeSet set, String name, long version) {
    return await(set.append(Needle.tombstone(name(name), new Version(version), true, false)));
  }

  static byte[] read(VolumeSet set, Location location) {
    ByteBuffer data = set.read(location).data();
    byte[] bytes = new byte[data.remaining()];
    data.get(bytes);
    return bytes;
  }

  static <T> T await(CompletableFuture<T> future) {
    try {
      return future.get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof BackpackException failure) {
        throw failure;
      }
      throw new AssertionError(e.getCause());
    } catch (TimeoutException e) {
      throw new AssertionError("nothing after " + SECONDS + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  static BackpackException failure(ErrorCode code, CompletableFuture<?> future) {
    return failure(code, () -> await(future));
  }

  static BackpackException failure(ErrorCode code, Runnable action) {
    try {
      action.run();
    } catch (BackpackException failure) {
      if (failure.code() != code) {
        throw new AssertionError("expected " + code + ", got " + failure.code(), failure);
      }
      return failure;
    }
    throw new AssertionError("expected " + code + ", got none");
  }

  /** What a crash leaves behind: the files as they are now, under another path. */
  static Path crash(Path dir, Path copy) {
    try {
      Files.createDirectories(copy);
      try (Stream<Path> files = Files.list(dir)) {
        for (Path file : files.toList()) {
          Files.copy(file, copy.resolve(file.getFileName()));
        }
      }
      return copy;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path dataFile(Path dir, Location location) {
    return Volume.file(dir, location.volume());
  }

  static Path logFile(Path dir, Location location) {
    return Volume.logFile(dir, location.volume());
  }

  static void flip(Path file, long offset) {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
      ByteBuffer one = ByteBuffer.allocate(1);
      if (channel.read(one, offset) != 1) {
        throw new AssertionError(file + " ends before " + offset);
      }
      one.put(0, (byte) (one.get(0) ^ 0x10)).rewind();
      if (channel.write(one, offset) != 1) {
        throw new AssertionError("not written");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void cut(Path file, long size) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(size);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void append(Path file, byte[] bytes) {
    try {
      Files.write(file, bytes, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
