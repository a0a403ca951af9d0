package io.backpack.cli.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.DataSize;
import io.backpack.cli.CliException;
import io.backpack.cli.client.Progress;
import io.backpack.node.OfflineProcess;
import io.backpack.storage.CompactionReport;
import io.backpack.storage.OfflineNode;
import io.backpack.volume.CompactionPlan;
import io.backpack.volume.CompactionPolicy;
import io.backpack.volume.CompactionResult;
import io.backpack.volume.Pace;
import io.backpack.volume.Throttle;
import io.backpack.volume.VolumeInfo;
import io.backpack.volume.VolumeSet;
import io.vertx.core.Future;
import io.vertx.core.json.JsonObject;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volume compact}. */
@Command(
    name = "compact",
    description = {
      "Gives the space of deleted and replaced photos back: moves what lives in volumes to new ones"
          + " and removes the old ones.",
      "Without a volume those are taken of which enough is dead, and small ones that make one"
          + " together. May be repeated when it was interrupted.",
      "Works on a node that is stopped, or has a running one do it (--url), which takes sealed"
          + " volumes only, one after the other, at its own rate.",
      "Ends with 4 when a volume had to be kept because of damage in it."
    })
final class CompactCommand extends VolumeTool {
  /** Who asks for it wants fewer files. */
  private static final int SMALL_ONES = 2;

  @Mixin private RemoteOptions remote;

  @Parameters(
      arity = "0..*",
      paramLabel = "VOLUME",
      description = {
        "Id of a volume, or the name of its file. One that is still open is sealed first; a running"
            + " node refuses that."
      })
  private List<String> volumes = List.of();

  @Option(names = "--all", description = "Takes all volumes, whatever is dead in them.")
  private boolean all;

  @Option(
      names = "--dead-ratio",
      paramLabel = "RATIO",
      description = "From which share of dead bytes a volume is taken, 0 to 1. Default: 0.4")
  private double deadRatio = CompactionPolicy.DEFAULT_DEAD_RATIO;

  @Option(
      names = "--rate",
      paramLabel = "SIZE",
      description = "Bytes a second that are read and written at most, as 50mb. Default: no limit")
  private String rate;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  int execute(StoreOptions options) {
    if (all && !volumes.isEmpty()) {
      throw usage("--all is without volumes");
    }
    if (!(deadRatio > 0 && deadRatio <= 1)) {
      throw usage("--dead-ratio is above 0 and up to 1, as 0.4");
    }
    CompactionSum sum = new CompactionSum();
    if (remote(remote)) {
      if (rate != null) {
        throw usage("--rate is for a node that is stopped; a running one has its own");
      }
      throughNode(remote.client(), sum);
    } else {
      long bytes = rate();
      try (OfflineProcess process = options.open(OfflineProcess.Purpose.MAINTAIN)) {
        OfflineNode node = process.ready(catchUp());
        onNode(node, process.settings().volumeSize(), bytes, sum);
      }
    }
    print(json ? sum.json().encode() : sum.text());
    return sum.exitCode();
  }

  private static CliException usage(String why) {
    return new CliException(CliException.USAGE, why);
  }

  private long rate() {
    if (rate == null) {
      return Throttle.UNLIMITED;
    }
    try {
      return Math.max(1, DataSize.parse(rate).bytes());
    } catch (BackpackException e) {
      throw usage("--rate: " + e.getMessage());
    }
  }

  private void onNode(OfflineNode node, long volumeSize, long bytes, CompactionSum sum) {
    VolumeSet set = node.volumes();
    List<VolumeInfo> chosen = choose(set.volumes(), volumes);
    boolean wanted = all || !volumes.isEmpty();
    if (wanted) {
      chosen.stream()
          .filter(each -> !each.sealed())
          .forEach(each -> await(Future.fromCompletionStage(set.roll(each.id()))));
      Set<Integer> ids = new HashSet<>();
      chosen.forEach(each -> ids.add(each.id()));
      chosen = set.volumes().stream().filter(each -> ids.contains(each.id())).toList();
    }
    Map<Integer, Long> dead = await(Future.fromCompletionStage(node.index().deadBytes()));
    CompactionPolicy policy = new CompactionPolicy(deadRatio, volumeSize, SMALL_ONES);
    List<List<Integer>> plans = plans(policy, chosen, dead, wanted);
    try (Progress progress = progress("compact", work(plans, chosen, dead))) {
      Throttle throttle = new Throttle(bytes, Throttle.Time.SYSTEM);
      Pace pace =
          done -> {
            boolean more = throttle.proceed(done);
            progress.at(throttle.done());
            return more;
          };
      for (List<Integer> plan : plans) {
        CompactionResult result = set.compact(plan, pace);
        sum.add(CompactionReport.describe(result));
        result.failure().ifPresent(failure -> sum.failed(failure.getMessage()));
        if (sum.failed()) {
          return;
        }
      }
    }
  }

  private static <T> T await(Future<T> future) {
    return OfflineProcess.await(future);
  }

  /** Small ones together; each of the others by itself, so that it needs the least free space. */
  private static List<List<Integer>> plans(
      CompactionPolicy policy, List<VolumeInfo> chosen, Map<Integer, Long> dead, boolean wanted) {
    List<List<Integer>> plans = new ArrayList<>();
    Set<Integer> planned = new HashSet<>();
    for (CompactionPlan each : policy.choose(chosen, dead)) {
      plans.add(each.volumes());
      planned.addAll(each.volumes());
    }
    for (VolumeInfo each : chosen) {
      if (wanted && each.sealed() && planned.add(each.id())) {
        plans.add(List.of(each.id()));
      }
    }
    return plans;
  }

  /** About how much is read and written. */
  private static long work(
      List<List<Integer>> plans, List<VolumeInfo> chosen, Map<Integer, Long> dead) {
    Set<Integer> planned = new HashSet<>();
    plans.forEach(planned::addAll);
    return chosen.stream()
        .filter(each -> planned.contains(each.id()))
        .mapToLong(each -> 2 * Math.max(0, each.length() - dead.getOrDefault(each.id(), 0L)))
        .sum();
  }

  private void throughNode(NodeClient client, CompactionSum sum) {
    List<JsonObject> chosen = client.choose(volumes);
    if (volumes.isEmpty()) {
      chosen = chosen.stream().filter(this::worthIt).toList();
    }
    long total = chosen.stream().mapToLong(CompactCommand::work).sum();
    long before = 0;
    try (Progress progress = progress("compact", total)) {
      for (JsonObject each : chosen) {
        JsonObject job = client.work("compact", NodeClient.id(each), progress, before);
        if (job.getString("state").equals("failed")) {
          sum.failed("volume " + NodeClient.id(each) + ": " + job.getString("reason"));
          return;
        }
        sum.add(job.getJsonObject("result"));
        before += work(each);
        progress.at(before);
      }
    }
  }

  private boolean worthIt(JsonObject volume) {
    if (!volume.getBoolean("sealed")) {
      return false;
    }
    return all || dead(volume) >= deadRatio * volume.getLong("size");
  }

  private static long work(JsonObject volume) {
    return 2 * Math.max(0, volume.getLong("size") - dead(volume));
  }

  private static long dead(JsonObject volume) {
    Long dead = volume.getLong("dead_bytes");
    return dead == null ? 0 : dead;
  }
}
