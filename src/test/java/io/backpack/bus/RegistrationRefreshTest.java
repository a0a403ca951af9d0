package io.backpack.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.vertx.core.Completable;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import io.vertx.core.spi.cluster.RegistrationUpdateEvent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.Test;

class RegistrationRefreshTest {
  private final List<List<RegistrationInfo>> seen = new ArrayList<>();
  private final Queue<Completable<List<RegistrationInfo>>> reads = new ArrayDeque<>();
  private final RegistrationRefresh refresh =
      new RegistrationRefresh(
          new RegistrationListener() {
            @Override
            public void registrationsUpdated(RegistrationUpdateEvent event) {
              seen.add(event.registrations());
            }
          },
          (address, read) -> reads.add(read));

  private static List<RegistrationInfo> of(String node) {
    return List.of(new RegistrationInfo(node, 1, false));
  }

  private void event(List<RegistrationInfo> registrations) {
    refresh.registrationsUpdated(new RegistrationUpdateEvent("address", registrations));
  }

  @Test
  void theNewestListComesLastWhateverTheOrderOfEvents() {
    event(of("new"));
    event(List.of());
    assertEquals(1, reads.size(), "one read at a time");
    reads.remove().succeed(of("new"));
    reads.remove().succeed(of("new"));
    assertEquals(0, reads.size());
    assertEquals(of("new"), seen.get(seen.size() - 1));
  }

  @Test
  void aFailedReadDoesNotEndTheService() {
    event(of("a"));
    reads.remove().fail("worker pool closed");
    event(of("b"));
    reads.remove().succeed(of("b"));
    assertEquals(List.of(of("a"), of("b"), of("b")), seen);
  }
}
