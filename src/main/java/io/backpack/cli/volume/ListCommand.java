package io.backpack.cli.volume;

import io.backpack.volume.StoreReader;
import io.backpack.volume.VolumeInfo;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code volume list}. */
@Command(
    name = "list",
    description = {
      "Lists the volumes of a node. Only reads: the node may run.",
      "With --url the node itself is asked, which knows its dead bytes at once."
    })
final class ListCommand extends VolumeTool {
  private static final String[] COLUMNS = {"VOLUME", "FILE", "STATE", "BYTES", "NEEDLES"};
  private static final String[] WITH_DEAD = {
    "VOLUME", "FILE", "STATE", "BYTES", "NEEDLES", "DEAD BYTES"
  };

  @Mixin private RemoteOptions remote;

  @Option(
      names = "--dead",
      description = "Also what compaction could free; goes through all index logs.")
  private boolean dead;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  /** A volume, by whomever it was told. */
  private record Row(long id, String dir, boolean sealed, long bytes, long needles, Long dead) {
    String file() {
      return "data_" + id;
    }

    String state() {
      return sealed ? "sealed" : "open";
    }
  }

  @Override
  int execute(StoreOptions options) throws IOException {
    List<Row> rows = remote(remote) ? ofNode() : ofFiles(options);
    if (json) {
      print(json(rows).encodePrettily());
    } else {
      table(dead ? WITH_DEAD : COLUMNS, cells(rows));
    }
    return 0;
  }

  private List<Row> ofNode() {
    List<Row> rows = new ArrayList<>();
    for (JsonObject each : remote.client().volumes()) {
      rows.add(
          new Row(
              each.getLong("id"),
              each.getString("dir"),
              each.getBoolean("sealed"),
              each.getLong("size"),
              each.getLong("needles"),
              each.getLong("dead_bytes")));
    }
    return rows;
  }

  private List<Row> ofFiles(StoreOptions options) throws IOException {
    List<Row> rows = new ArrayList<>();
    try (StoreReader reader = open(options)) {
      Map<Integer, Long> deadBytes = dead ? scratchIndex(reader).deadBytes().join() : Map.of();
      for (VolumeInfo each : reader.volumes()) {
        rows.add(
            new Row(
                Integer.toUnsignedLong(each.id()),
                each.dir().toString(),
                each.sealed(),
                each.length(),
                each.needles(),
                deadBytes.getOrDefault(each.id(), 0L)));
      }
    }
    return rows;
  }

  private List<Object[]> cells(List<Row> rows) {
    List<Object[]> cells = new ArrayList<>();
    for (Row each : rows) {
      List<Object> row = new ArrayList<>();
      row.add(each.id);
      row.add(each.dir + "/" + each.file());
      row.add(each.state());
      row.add(each.bytes);
      row.add(each.needles);
      if (dead) {
        row.add(each.dead == null ? "unknown" : each.dead);
      }
      cells.add(row.toArray());
    }
    return cells;
  }

  private JsonArray json(List<Row> rows) {
    JsonArray all = new JsonArray();
    for (Row each : rows) {
      JsonObject one =
          new JsonObject()
              .put("id", each.id)
              .put("file", each.file())
              .put("dir", each.dir)
              .put("state", each.state())
              .put("bytes", each.bytes)
              .put("needles", each.needles);
      if (dead) {
        one.put("dead_bytes", each.dead);
      }
      all.add(one);
    }
    return all;
  }
}
