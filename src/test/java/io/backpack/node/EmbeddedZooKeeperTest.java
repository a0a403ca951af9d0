package io.backpack.node;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.apache.curator.framework.CuratorFramework;
import org.apache.curator.framework.CuratorFrameworkFactory;
import org.apache.curator.retry.RetryOneTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EmbeddedZooKeeperTest {
  @TempDir Path directory;

  private static CuratorFramework client(EmbeddedZooKeeper server) {
    CuratorFramework client =
        CuratorFrameworkFactory.newClient(server.connectString(), new RetryOneTime(100));
    client.start();
    return client;
  }

  @Test
  void keepsItsDataOverRestarts() throws Exception {
    byte[] data = "map".getBytes(StandardCharsets.UTF_8);
    for (int start = 0; start < 3; start++) {
      try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start(directory);
          CuratorFramework client = client(server)) {
        assertEquals(
            start,
            client.getChildren().forPath("/").stream().filter(n -> n.startsWith("n")).count());
        client.create().forPath("/n" + start, data);
        assertArrayEquals(data, client.getData().forPath("/n0"));
      }
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertEquals(1, files.filter(file -> file.toString().endsWith(".properties")).count());
    }
  }

  @Test
  void listensOnLoopbackOnly() throws Exception {
    try (EmbeddedZooKeeper server = EmbeddedZooKeeper.start(directory);
        // Any other address of loopback is free on this port then.
        ServerSocket other =
            new ServerSocket(
                server.port(), 1, InetAddress.getByAddress(new byte[] {127, 0, 0, 2}))) {
      assertTrue(other.isBound());
    }
  }

  @Test
  void saysThatThePortIsTaken() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, Ports.loopback())) {
      assertThrows(
          IOException.class, () -> EmbeddedZooKeeper.start(directory, taken.getLocalPort()));
    }
  }
}
