package io.backpack.cli.volume;

import io.backpack.cli.CliException;
import io.backpack.cli.client.Progress;
import io.backpack.volume.Damage;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleVisitor;
import io.backpack.volume.Pace;
import io.backpack.volume.StoreReader;
import io.backpack.volume.StoredNeedle;
import io.backpack.volume.VolumeInfo;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volume verify}. */
@Command(
    name = "verify",
    description = {
      "Reads every byte of volumes and verifies all checksums. Only reads: the node may run.",
      "With --index also checks, while the node is stopped, that Redis has every live photo.",
      "With --url a running node does it itself, at its own rate, and always checks the index.",
      "Ends with 4 when something is damaged or not indexed; nothing is changed."
    })
final class VerifyCommand extends VolumeTool {
  private static final String[] COLUMNS = {"VOLUME", "NEEDLES", "DAMAGED", "BYTES"};
  private static final String[] DAMAGES = {"FILE", "OFFSET", "LENGTH", "REASON"};

  @Mixin private RemoteOptions remote;

  @Parameters(arity = "0..*", paramLabel = "VOLUME", description = "Which; all without one.")
  private List<String> volumes = List.of();

  @Option(
      names = "--index",
      description = "Also checks the index in Redis; the node must be stopped.")
  private boolean index;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  int execute(StoreOptions options) throws IOException {
    if (remote(remote)) {
      return throughNode(remote.client());
    }
    if (index) {
      options.checkNode(); // Refuses --dir before hours of reading.
    }
    List<Counter> counters = new ArrayList<>();
    List<Damage> damage;
    try (StoreReader reader = open(options)) {
      List<VolumeInfo> chosen = choose(reader.volumes(), volumes);
      try (Progress progress = progress("verify", chosen)) {
        for (VolumeInfo each : chosen) {
          Counter counter = new Counter(each, progress);
          reader.needles(each.id(), Pace.UNLIMITED, counter);
          counters.add(counter);
        }
      }
      damage = of(chosen, reader.damage());
    }
    IndexCheck.Result indexed = index ? IndexCheck.run(options) : IndexCheck.Result.NONE;
    report(counters, damage, indexed);
    boolean sound = damage.isEmpty() && counters.stream().allMatch(each -> each.damaged == 0);
    return sound && indexed.lacking() == 0 ? 0 : CliException.PARTLY;
  }

  private int throughNode(NodeClient client) {
    if (index) {
      throw new CliException(
          CliException.USAGE, "a running node always checks its index: leave --index out");
    }
    List<JsonObject> chosen = client.choose(volumes);
    RemoteVerify verify = new RemoteVerify(client);
    long bytes = chosen.stream().mapToLong(each -> each.getLong("size")).sum();
    try (Progress progress = progress("verify", bytes)) {
      verify.run(chosen, progress);
    }
    if (json) {
      print(verify.json().encodePrettily());
    } else {
      table(RemoteVerify.COLUMNS, verify.rows());
    }
    verify.failures().forEach(this::warn);
    return verify.exitCode();
  }

  private static List<Damage> of(List<VolumeInfo> chosen, List<Damage> all) {
    return all.stream()
        .filter(each -> chosen.stream().anyMatch(volume -> volume.id() == each.volume()))
        .toList();
  }

  private void report(List<Counter> counters, List<Damage> damage, IndexCheck.Result indexed) {
    if (json) {
      print(json(counters, damage, indexed).encodePrettily());
      return;
    }
    List<Object[]> rows = new ArrayList<>();
    for (Counter each : counters) {
      rows.add(
          new Object[] {
            VolumeIds.text(each.volume.id()), each.needles, each.damaged, each.volume.length()
          });
    }
    table(COLUMNS, rows);
    if (!damage.isEmpty()) {
      List<Object[]> damages = new ArrayList<>();
      damage.forEach(
          each ->
              damages.add(
                  new Object[] {
                    each.dir().resolve(VolumeIds.file(each.volume())),
                    each.offset(),
                    each.length(),
                    each.reason()
                  }));
      table(DAMAGES, damages);
    }
    if (index) {
      print(indexed.live() + " live photos and deletes, not in the index: " + indexed.lacking());
      indexed.examples().forEach(this::print);
    }
  }

  private JsonObject json(List<Counter> counters, List<Damage> damage, IndexCheck.Result indexed) {
    JsonArray all = new JsonArray();
    counters.forEach(
        each ->
            all.add(
                new JsonObject()
                    .put("id", Integer.toUnsignedLong(each.volume.id()))
                    .put("file", VolumeIds.file(each.volume.id()))
                    .put("needles", each.needles)
                    .put("damaged", each.damaged)
                    .put("bytes", each.volume.length())));
    JsonArray damages = new JsonArray();
    damage.forEach(
        each ->
            damages.add(
                new JsonObject()
                    .put("volume", Integer.toUnsignedLong(each.volume()))
                    .put("file", VolumeIds.file(each.volume()))
                    .put("dir", each.dir().toString())
                    .put("offset", each.offset())
                    .put("length", each.length())
                    .put("reason", each.reason())));
    JsonObject report = new JsonObject().put("volumes", all).put("damage", damages);
    return index
        ? report.put("live", indexed.live()).put("not_indexed", indexed.lacking())
        : report;
  }

  private static final class Counter implements NeedleVisitor {
    private final VolumeInfo volume;
    private final Progress progress;
    private long needles;
    private long damaged;

    Counter(VolumeInfo volume, Progress progress) {
      this.volume = volume;
      this.progress = progress;
    }

    @Override
    public boolean needle(NeedleEntry entry, Optional<StoredNeedle> needle) {
      needles++;
      damaged += needle.isEmpty() ? 1 : 0;
      progress.done(entry.location().length());
      return true;
    }

    @Override
    public void gap(Damage damage) {
      damaged++;
    }
  }
}
