package io.backpack.bus;

import io.vertx.core.Completable;
import io.vertx.core.spi.cluster.RegistrationInfo;
import io.vertx.core.spi.cluster.RegistrationListener;
import io.vertx.core.spi.cluster.RegistrationUpdateEvent;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BiConsumer;

/**
 * Makes sure that the bus ends up with the newest list of who listens on an address.
 *
 * <p>vertx-zookeeper reads the list on a worker thread for each change and hands it on when it is
 * read; two changes shortly after another, which is what a lost session is, may arrive in the wrong
 * order, and the bus then keeps the older list until the next change. So after each event the list
 * is read once more, one read at a time per address, and again when another event came meanwhile.
 */
final class RegistrationRefresh implements RegistrationListener {
  private final RegistrationListener bus;
  private final BiConsumer<String, Completable<List<RegistrationInfo>>> read;

  /** Addresses being read; true when another event came since the read began. */
  private final Map<String, Boolean> reading = new ConcurrentHashMap<>();

  RegistrationRefresh(
      RegistrationListener bus, BiConsumer<String, Completable<List<RegistrationInfo>>> read) {
    this.bus = bus;
    this.read = read;
  }

  @Override
  public void registrationsUpdated(RegistrationUpdateEvent event) {
    bus.registrationsUpdated(event);
    if (reading.merge(event.address(), false, (old, none) -> true)) {
      return;
    }
    readAgain(event.address());
  }

  private void readAgain(String address) {
    read.accept(
        address,
        (registrations, failure) -> {
          if (failure == null) {
            bus.registrationsUpdated(new RegistrationUpdateEvent(address, registrations));
          }
          Boolean more = reading.computeIfPresent(address, (key, again) -> again ? false : null);
          if (more != null) {
            readAgain(address);
          }
        });
  }

  @Override
  public void registrationsLost() {
    bus.registrationsLost();
  }

  @Override
  public boolean wantsUpdatesFor(String address) {
    return bus.wantsUpdatesFor(address);
  }
}
