package io.backpack.front;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.testing.TestRedis;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The files of {@code conf/nginx} together, as they are shipped but for the port. */
class ShippedConfigurationTest {
  private static final Path SHIPPED = Path.of("conf/nginx");

  @TempDir private Path prefix;

  @Test
  void nginxAcceptsIt() throws Exception {
    Path conf = Files.createDirectories(prefix.resolve(SHIPPED));
    Files.createDirectories(prefix.resolve("run"));
    for (String name : new String[] {"nginx.conf", "shards.conf"}) {
      Files.copy(SHIPPED.resolve(name), conf.resolve(name));
    }
    // Even a test of the configuration takes the port for a moment.
    String frontend = Files.readString(SHIPPED.resolve("frontend.conf"));
    assertTrue(frontend.contains("listen 8000;"));
    Files.writeString(
        conf.resolve("frontend.conf"),
        frontend.replace("listen 8000;", "listen 127.0.0.1:" + TestRedis.freePort() + ";"));
    Process nginx =
        new ProcessBuilder(
                "nginx",
                "-t",
                "-e",
                "run/error.log",
                "-p",
                prefix.toString(),
                "-c",
                "conf/nginx/nginx.conf")
            .redirectErrorStream(true)
            .start();
    String said = new String(nginx.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertTrue(nginx.waitFor(20, TimeUnit.SECONDS));
    assertEquals(0, nginx.exitValue(), said);
    assertFalse(said.contains("[warn]"), said);
  }
}
