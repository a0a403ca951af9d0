package io.backpack.testing;

import io.vertx.core.buffer.Buffer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * A connection over which a test says exactly the bytes it wants to, and reads answers one at a
 * time, so that what a server does to a connection can be seen.
 */
public final class RawHttp implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 15_000;

  /**
   * An answer.
   *
   * @param headers by lower-case name
   */
  public record Answer(int status, Map<String, String> headers, Buffer body) {
    /** A header's value, or null. */
    public String header(String name) {
      return headers.get(name.toLowerCase(Locale.ROOT));
    }

    public String text() {
      return body.toString();
    }
  }

  private final Socket socket;
  private final InputStream in;

  private RawHttp(Socket socket, InputStream in) {
    this.socket = socket;
    this.in = in;
  }

  public static RawHttp connect(int port) {
    try {
      Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(PATIENCE_MILLIS);
      return new RawHttp(socket, new BufferedInputStream(socket.getInputStream()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** One request and its answer over a connection of their own. */
  public static Answer exchange(int port, String request) {
    try (RawHttp connection = connect(port)) {
      return connection.send(request).receive(request.startsWith("HEAD "));
    }
  }

  /** Sends text, one byte per char. */
  public RawHttp send(String text) {
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  public RawHttp send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Says that nothing more is sent. */
  public RawHttp finish() {
    try {
      socket.shutdownOutput();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public Answer receive() {
    return receive(false);
  }

  /** Reads the next answer. */
  public Answer receive(boolean head) {
    try {
      String statusLine = line();
      if (!statusLine.startsWith("HTTP/1.")) {
        throw new AssertionError("no status line: '" + statusLine + "'");
      }
      int status = Integer.parseInt(statusLine.substring(9, 12));
      Map<String, String> headers = new TreeMap<>();
      for (String line = line(); !line.isEmpty(); line = line()) {
        int colon = line.indexOf(':');
        headers.merge(
            line.substring(0, colon).toLowerCase(Locale.ROOT),
            line.substring(colon + 1).strip(),
            (one, other) -> one + ", " + other);
      }
      boolean bare = head || status < 200 || status == 204 || status == 304;
      return new Answer(status, headers, Buffer.buffer(bare ? new byte[0] : body(headers)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private byte[] body(Map<String, String> headers) throws IOException {
    String length = headers.get("content-length");
    if (length != null) {
      byte[] body = in.readNBytes(Integer.parseInt(length));
      if (body.length != Integer.parseInt(length)) {
        throw new IOException("the body ended after " + body.length + " of " + length);
      }
      return body;
    }
    if (!"chunked".equals(headers.get("transfer-encoding"))) {
      throw new AssertionError("an answer without length or chunks: " + headers);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    while (true) {
      int size = Integer.parseInt(line(), 16);
      out.write(in.readNBytes(size));
      line();
      if (size == 0) {
        return out.toByteArray();
      }
    }
  }

  private String line() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0) {
        throw new IOException("the connection ended within a line: '" + out + "'");
      }
      if (b != '\r') {
        out.write(b);
      }
    }
    return out.toString(StandardCharsets.ISO_8859_1);
  }

  /** Whether the server ends the connection now, with nothing more said. */
  public boolean ends() {
    try {
      return in.read() < 0;
    } catch (java.net.SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
