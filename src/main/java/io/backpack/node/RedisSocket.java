package io.backpack.node;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;

/** Where the own Redis is reached: in its directory, or, where that path is too long, in /tmp. */
final class RedisSocket {
  private static final String NAME = "redis.sock";
  private static final String ELSEWHERE = "redis.sock.path";

  private static final long PING_MILLIS = 1000;

  private RedisSocket() {}

  /** Chooses the path, and removes what an earlier process left at another one. */
  static Path choose(Path home, int longest, FileAttribute<?> mine) throws IOException {
    Path note = home.resolve(ELSEWHERE);
    if (Files.exists(note)) {
      removeWithDirectory(Path.of(Files.readString(note).strip()));
      Files.delete(note);
    }
    Path near = home.resolve(NAME);
    Files.deleteIfExists(near);
    if (near.toString().getBytes(StandardCharsets.UTF_8).length <= longest) {
      return near;
    }
    // A directory that nobody else could have made, as a name in /tmp may be somebody's trap.
    Path far = Files.createTempDirectory(Path.of("/tmp"), "backpack", mine).resolve(NAME);
    Files.writeString(note, far.toString());
    return far;
  }

  /** Removes the socket, and its directory if it has one for itself. */
  static void remove(Path socket) throws IOException {
    if (socket.getParent().getParent().equals(Path.of("/tmp"))
        && socket.getParent().getFileName().toString().startsWith("backpack")) {
      removeWithDirectory(socket);
    } else {
      Files.deleteIfExists(socket);
    }
  }

  private static void removeWithDirectory(Path socket) throws IOException {
    Files.deleteIfExists(socket);
    Files.deleteIfExists(socket.getParent());
  }

  /** Whether the server is there and has loaded its data. Waits for its answer for a second. */
  static boolean answersPing(Path socket) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
        Selector selector = Selector.open()) {
      channel.connect(UnixDomainSocketAddress.of(socket));
      channel.write(ByteBuffer.wrap("PING\r\n".getBytes(StandardCharsets.US_ASCII)));
      channel.configureBlocking(false);
      channel.register(selector, SelectionKey.OP_READ);
      // "+PONG", or "-LOADING ..."; the first byte tells.
      ByteBuffer answer = ByteBuffer.allocate(1);
      return selector.select(PING_MILLIS) > 0 && channel.read(answer) == 1 && answer.get(0) == '+';
    } catch (IOException e) {
      return false;
    }
  }
}
