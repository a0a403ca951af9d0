package io.backpack.bench;

import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** One connection that is kept open, for the cheapest possible requests. One thread. */
final class Client implements Closeable {
  private static final int TIMEOUT_MILLIS = 30_000;

  private final Socket socket;
  private final InputStream in;
  private byte[] body = new byte[0];

  Client(int port) throws IOException {
    socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setTcpNoDelay(true);
    socket.setSoTimeout(TIMEOUT_MILLIS);
    in = new BufferedInputStream(socket.getInputStream(), 1 << 16);
  }

  /** The status of a GET on a connection of its own; -1 when nobody listens. */
  static int probe(int port, String path) {
    try (Client client = new Client(port)) {
      return client.get(path);
    } catch (IOException notYet) {
      return -1;
    }
  }

  int get(String path) throws IOException {
    return exchange("GET", path, null);
  }

  int head(String path) throws IOException {
    return exchange("HEAD", path, null);
  }

  int put(String path, ByteBuffer photo) throws IOException {
    return exchange("PUT", path, photo);
  }

  int post(String path) throws IOException {
    return exchange("POST", path, ByteBuffer.allocate(0));
  }

  /** What the last answer said. */
  String text() {
    return new String(body, StandardCharsets.UTF_8);
  }

  private int exchange(String method, String path, ByteBuffer photo) throws IOException {
    int length = photo == null ? 0 : photo.remaining();
    byte[] head =
        (method
                + " "
                + path
                + " HTTP/1.1\r\nhost: localhost\r\n"
                + (photo == null ? "" : "content-length: " + length + "\r\n")
                + "\r\n")
            .getBytes(StandardCharsets.ISO_8859_1);
    byte[] request = new byte[head.length + length];
    System.arraycopy(head, 0, request, 0, head.length);
    if (photo != null) {
      photo.duplicate().get(request, head.length, length);
    }
    socket.getOutputStream().write(request);
    return receive(method.equals("HEAD"));
  }

  private int receive(boolean head) throws IOException {
    String status = line();
    int length = 0;
    boolean chunked = false;
    for (String line = line(); !line.isEmpty(); line = line()) {
      String lower = line.toLowerCase(Locale.ROOT);
      if (lower.startsWith("content-length:")) {
        length = Integer.parseInt(line.substring(15).strip());
      }
      chunked |= lower.startsWith("transfer-encoding:");
    }
    if (chunked && !head) {
      throw new IOException("the answer has no length");
    }
    body = head ? new byte[0] : in.readNBytes(length);
    return Integer.parseInt(status.split(" ", 3)[1]);
  }

  private String line() throws IOException {
    StringBuilder out = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the connection was closed");
      }
      if (c != '\r') {
        out.append((char) c);
      }
    }
    return out.toString();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
