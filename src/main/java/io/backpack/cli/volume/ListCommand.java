package io.backpack.cli.volume;

import io.backpack.volume.Pace;
import io.backpack.volume.ScratchIndex;
import io.backpack.volume.StoreReader;
import io.backpack.volume.VolumeInfo;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code volume list}. */
@Command(name = "list", description = "Lists the volumes of a node. Only reads: the node may run.")
final class ListCommand extends VolumeTool {
  private static final String[] COLUMNS = {"VOLUME", "DIRECTORY", "STATE", "BYTES", "NEEDLES"};
  private static final String[] WITH_DEAD = {
    "VOLUME", "DIRECTORY", "STATE", "BYTES", "NEEDLES", "DEAD BYTES"
  };

  @Option(
      names = "--dead",
      description = "Also what compaction could free; goes through all index logs.")
  private boolean dead;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  int execute(StoreOptions options) throws IOException {
    try (StoreReader reader = open(options)) {
      Map<Integer, Long> deadBytes =
          dead ? ScratchIndex.of(reader, Pace.UNLIMITED).deadBytes().join() : Map.of();
      if (json) {
        print(json(reader.volumes(), deadBytes).encodePrettily());
      } else {
        table(dead ? WITH_DEAD : COLUMNS, rows(reader.volumes(), deadBytes));
      }
    }
    return 0;
  }

  private List<Object[]> rows(List<VolumeInfo> volumes, Map<Integer, Long> deadBytes) {
    List<Object[]> rows = new ArrayList<>();
    for (VolumeInfo each : volumes) {
      List<Object> row = new ArrayList<>();
      row.add(id(each.id()));
      row.add(each.dir());
      row.add(state(each));
      row.add(each.length());
      row.add(each.needles());
      if (dead) {
        row.add(deadBytes.getOrDefault(each.id(), 0L));
      }
      rows.add(row.toArray());
    }
    return rows;
  }

  private JsonArray json(List<VolumeInfo> volumes, Map<Integer, Long> deadBytes) {
    JsonArray all = new JsonArray();
    for (VolumeInfo each : volumes) {
      JsonObject one =
          new JsonObject()
              .put("id", id(each.id()))
              .put("dir", each.dir().toString())
              .put("state", state(each))
              .put("bytes", each.length())
              .put("needles", each.needles());
      if (dead) {
        one.put("dead_bytes", deadBytes.getOrDefault(each.id(), 0L));
      }
      all.add(one);
    }
    return all;
  }

  private static String state(VolumeInfo volume) {
    return volume.sealed() ? "sealed" : "open";
  }
}
