package io.backpack.chaos;

import io.backpack.chaos.Http.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/**
 * One client: stores, reads and deletes photos, of names of its own and of a few that all clients
 * write to, one operation after another. Whatever is not answered is tried again, as clients do, or
 * left.
 */
final class Client implements Runnable {
  private static final int THINK_MILLIS = 30;
  private static final int SHARED_NAMES = 40;
  private static final int MOST_TRIES = 4;

  /** A name and the shard that has it. */
  private record Stored(String name, int shard, long seed) {}

  private final int id;
  private final Topology topology;
  private final History history;
  private final BooleanSupplier stop;
  private final Lock rest;
  private final Random random;
  private final Http http = new Http();
  private final List<Stored> stored = new ArrayList<>();
  private final List<Stored> deleted = new ArrayList<>();
  private int names;
  private int coordinator;

  /**
   * @param rest held during each operation: who takes it away makes the clients pause
   */
  Client(int id, long seed, Topology topology, History history, BooleanSupplier stop, Lock rest) {
    this.id = id;
    this.topology = topology;
    this.history = history;
    this.stop = stop;
    this.rest = rest;
    this.random = new Random(seed * 31 + id);
    this.coordinator = id % topology.servers().size();
  }

  @Override
  public void run() {
    while (!stop.getAsBoolean()) {
      rest.lock();
      try {
        step();
      } finally {
        rest.unlock();
      }
      LockSupport.parkNanos(random.nextLong(2L * THINK_MILLIS) * 1_000_000);
    }
  }

  private void step() {
    int what = random.nextInt(100);
    if (what < 4) {
      shared();
    } else if (what < 42 || stored.isEmpty()) {
      put("c" + id + "/" + names++, newSeed());
    } else if (what < 46) {
      Stored again = any(stored);
      put(again.name(), again.seed());
    } else if (what < 49) {
      put(any(stored).name(), newSeed());
    } else if (what < 57) {
      delete(stored.remove(random.nextInt(stored.size())));
    } else if (what < 60 && !deleted.isEmpty()) {
      put(deleted.remove(random.nextInt(deleted.size())).name(), newSeed());
    } else if (what < 64 && !deleted.isEmpty()) {
      read(any(deleted));
    } else {
      read(any(stored));
    }
  }

  private void shared() {
    String name = "shared/" + random.nextInt(SHARED_NAMES);
    int shard = random.nextInt(Server.SHARDS) + 1;
    switch (random.nextInt(4)) {
      case 0, 1 -> tryPut(name, newSeed());
      case 2 -> tryDelete(new Stored(name, shard, 0));
      default -> read(new Stored(name, shard, 0));
    }
  }

  private long newSeed() {
    return random.nextLong() >>> 1;
  }

  private Stored any(List<Stored> from) {
    return from.get(random.nextInt(from.size()));
  }

  /** Uploads until it is answered, mostly; a name whose upload stays in doubt is left alone. */
  private void put(String name, long seed) {
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      Op op = tryPut(name, seed);
      if (op.acknowledged()) {
        stored.removeIf(each -> each.name().equals(name) && each.shard() == op.shard);
        stored.add(new Stored(name, op.shard, seed));
        return;
      }
      if (op.refused() || stop.getAsBoolean() || random.nextInt(4) == 0) {
        return;
      }
      pause();
    }
    stored.removeIf(each -> each.name().equals(name));
  }

  private Op tryPut(String name, long seed) {
    String to = coordinatorUrl();
    Op op = history.intend(id, Op.Kind.PUT, name, 0, seed, to);
    Answer answer = http.put(to + "/" + name, Bytes.of(seed));
    if (answer.status() == 201) {
      // /{shard}:{name}
      op.shard = Integer.parseInt(answer.location().substring(1, answer.location().indexOf(':')));
    }
    answered(op, answer);
    return op;
  }

  private void delete(Stored photo) {
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      Op op = tryDelete(photo);
      if (op.acknowledged()) {
        deleted.add(photo);
        return;
      }
      if (stop.getAsBoolean() || random.nextInt(4) == 0) {
        return;
      }
      pause();
    }
  }

  private Op tryDelete(Stored photo) {
    String to = coordinatorUrl();
    Op op = history.intend(id, Op.Kind.DELETE, photo.name(), photo.shard(), 0, to);
    answered(op, http.delete(to + "/" + photo.shard() + ":" + photo.name()));
    return op;
  }

  private void pause() {
    LockSupport.parkNanos(random.nextLong(500_000_000));
  }

  private String coordinatorUrl() {
    return topology.servers().get(coordinator).coordinatorUrl();
  }

  private void answered(Op op, Answer answer) {
    history.answered(op, answer.status(), answer.version());
    if (answer.status() == 0 || random.nextInt(20) == 0) {
      // Goes elsewhere when nobody answers, and now and then.
      coordinator = random.nextInt(topology.servers().size());
    }
  }

  private void read(Stored photo) {
    if (random.nextBoolean()) {
      String to = coordinatorUrl();
      Op op = history.intend(id, Op.Kind.READ, photo.name(), photo.shard(), 0, to);
      Answer answer = http.get(to + "/" + photo.shard() + ":" + photo.name());
      recognize(op, answer);
      answered(op, answer);
    } else {
      Op op = history.intend(id, Op.Kind.FALL_THROUGH, photo.name(), photo.shard(), 0, "nodes");
      FallThrough.Result result =
          FallThrough.read(
              http, topology.nodesOf(photo.shard()), photo.name(), random.nextInt(1 << 20));
      op.denied = result.denied();
      recognize(op, result.answer());
      history.answered(op, result.answer().status(), result.answer().version());
    }
  }

  private void recognize(Op op, Answer answer) {
    if (answer.status() == 200) {
      op.found = history.recognize(op.name, answer.body());
    }
  }
}
