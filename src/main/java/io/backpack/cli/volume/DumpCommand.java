package io.backpack.cli.volume;

import io.backpack.cli.CliException;
import io.backpack.volume.Damage;
import io.backpack.volume.NeedleEntry;
import io.backpack.volume.NeedleVisitor;
import io.backpack.volume.Pace;
import io.backpack.volume.StoreReader;
import io.backpack.volume.StoredNeedle;
import io.backpack.volume.VolumeInfo;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code volume dump}. */
@Command(
    name = "dump",
    description = {
      "Prints every needle of a volume, dead ones too, as it lies in the file, and verifies it.",
      "A line each: offset, length, version, generation, kind, check, size, CRC, type, name.",
      "Only reads: the node may run. Ends with 4 when something is damaged."
    })
final class DumpCommand extends VolumeTool {
  @Parameters(paramLabel = "VOLUME", description = "Id of the volume, or the name of its file.")
  private String volume;

  @Option(names = "--json", description = "Prints a JSON object a line.")
  private boolean json;

  @Override
  int execute(StoreOptions options) throws IOException {
    try (StoreReader reader = open(options)) {
      VolumeInfo chosen = choose(reader.volumes(), List.of(volume)).get(0);
      Printer printer = new Printer();
      reader.needles(chosen.id(), Pace.UNLIMITED, printer);
      return printer.damaged ? CliException.PARTLY : 0;
    }
  }

  private final class Printer implements NeedleVisitor {
    private boolean damaged;

    @Override
    public boolean needle(NeedleEntry entry, Optional<StoredNeedle> needle) {
      damaged |= needle.isEmpty();
      JsonObject line =
          new JsonObject()
              .put("offset", entry.location().offset())
              .put("length", entry.location().length())
              .put("version", entry.version().hex())
              .put("generation", entry.generation())
              .put("kind", entry.tombstone() ? "tombstone" : "photo")
              .put("check", needle.isPresent() ? "ok" : "damaged")
              .put("size", needle.map(each -> (Object) each.data().remaining()).orElse("-"))
              .put(
                  "crc32c",
                  needle.map(each -> HexFormat.of().toHexDigits(each.crc32c())).orElse("-"))
              .put("content_type", needle.map(StoredNeedle::contentType).orElse("-"))
              .put("name", entry.name().value());
      show(line);
      return true;
    }

    @Override
    public void gap(Damage damage) {
      damaged = true;
      show(
          new JsonObject()
              .put("offset", damage.offset())
              .put("length", damage.length())
              .put("kind", "gap")
              .put("check", "damaged"));
    }

    private void show(JsonObject line) {
      if (json) {
        print(line.encode());
        return;
      }
      StringBuilder text = new StringBuilder();
      line.forEach(
          field -> {
            String value = field.getValue().toString();
            text.append(text.isEmpty() ? "" : " ").append(value.isEmpty() ? "-" : value);
          });
      print(text.toString());
    }
  }
}
