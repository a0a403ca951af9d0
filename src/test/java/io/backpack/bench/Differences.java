package io.backpack.bench;

import io.backpack.api.Held;
import io.backpack.api.HeldName;
import io.backpack.api.HeldSums;
import io.backpack.api.Holdings;
import io.backpack.api.PhotoAddress;
import io.backpack.api.PhotoName;
import io.backpack.api.PutOptions;
import io.backpack.api.Upload;
import io.backpack.http.HttpStoreFactory;
import io.backpack.http.HttpStoreSettings;
import io.backpack.testing.Futures;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Row: what it takes two nodes to find the one photo that one of them lacks. */
final class Differences {
  private static final int MOST = 1_000_000;
  private static final int ENTRY_BYTES = 17;
  private static final int NAME_BYTES = 11;

  private Differences() {}

  static List<Row> rows() {
    return List.of(
        Row.of(
            "difference",
            "bytes that a node tells another one until it knows which photo it lacks",
            "bytes",
            Goal.atMost(1_000_000),
            "Two nodes with the same photos of 64 bytes; one gets one more. The answers of that one:"
                + " sums, the entries of the slot, the name.",
            Differences::difference));
  }

  private static void difference(Bench bench, Recorder out) throws IOException {
    bench.stopNode();
    Photos photos = Photos.of("pair", Math.min(MOST, bench.options().many()), Many.PHOTO_BYTES);
    out.scale(Figures.count(photos.count()) + " photos in each of two nodes");
    List<Node> nodes = new ArrayList<>();
    Vertx vertx = Vertx.vertx();
    try {
      for (int i = 0; i < 2; i++) {
        String id = bench.nextId();
        Store store =
            Store.make(
                bench.processes(),
                id,
                photos,
                bench.path("store-pair-" + id),
                Store.VOLUME_SIZE,
                photo -> false);
        Node node = bench.launch(store);
        nodes.add(node);
        node.awaitReady();
      }
      HttpStoreFactory factory = HttpStoreFactory.of(vertx, HttpStoreSettings.DEFAULT);
      for (int round = 0; round < bench.options().rounds(); round++) {
        PhotoAddress name = PhotoAddress.of(PhotoName.of("one-more-" + round));
        Futures.await(
            factory
                .store(nodes.get(0).url())
                .put(name, PutOptions.DEFAULT, Upload.of(Buffer.buffer("a photo " + round))));
        find(
            factory.holdings(nodes.get(0).url()), factory.holdings(nodes.get(1).url()), round, out);
      }
      Futures.await(factory.close());
    } finally {
      Futures.await(vertx.close());
      for (Node node : nodes) {
        node.stop();
        bench.delete(node.store().directory());
      }
    }
  }

  private static void find(Holdings has, Holdings lacks, int round, Recorder out) {
    long begun = System.nanoTime();
    HeldSums sums = Futures.await(has.sums());
    int[] slots = sums.differing(Futures.await(lacks.sums()));
    long summed = System.nanoTime();
    List<Integer> asked = Arrays.stream(slots).boxed().toList();
    List<Held> told = Futures.await(has.list(asked));
    Set<Held> more = new HashSet<>(told);
    Futures.await(lacks.list(asked)).forEach(more::remove);
    List<HeldName> names = Futures.await(has.names(more.stream().map(Held::hash).toList()));
    long found = System.nanoTime();
    if (names.size() != round + 1) {
      throw new IllegalStateException(names + " are lacked after " + (round + 1));
    }
    long bytes = HeldSums.BYTES + (long) told.size() * ENTRY_BYTES;
    for (HeldName each : names) {
      bytes += NAME_BYTES + each.name().length();
    }
    out.round(
        (double) bytes,
        slots.length
            + " slots with "
            + told.size()
            + " entries, "
            + names.size()
            + " lacked; sums after "
            + Figures.number((summed - begun) / 1e6)
            + " ms, names after "
            + Figures.number((found - begun) / 1e6)
            + " ms");
  }
}
