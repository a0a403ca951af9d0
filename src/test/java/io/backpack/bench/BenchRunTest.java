package io.backpack.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** One row with tiny numbers, from the making of the photos to the document. */
@Tag("e2e")
class BenchRunTest {
  @Test
  void warmGets(@TempDir Path directory) throws Exception {
    Path work = Files.createDirectory(directory.resolve("work"));
    Path results = directory.resolve("results.json");
    Path document = directory.resolve("benchmarks.md");
    Options options = new Options();
    new CommandLine(options)
        .parseArgs(
            "--quick",
            "--rows=warm-get",
            "--photos=200",
            "--rounds=1",
            "--warmup=1",
            "--dir=" + work,
            "--results=" + results,
            "--out=" + document);
    assertEquals(0, BenchMain.run(options));
    Result result = Results.load(results).find("warm-get").orElseThrow();
    assertEquals(1, result.rounds().size());
    assertTrue(result.median() > 0, result.toString());
    assertTrue(
        result
            .raw()
            .get(0)
            .matches(".*errors 0; us/request: java .*, redis-server .*, wrk .*\\), nginx .*"),
        result.toString());
    assertTrue(
        result
            .raw()
            .get(0)
            .matches(".* with open_file_cache .*errors 0; us/request: nginx .*, wrk .*\\)"),
        result.toString());
    assertTrue(Files.readString(document).contains("## warm-get\n"));
    try (Stream<Path> left = Files.list(work)) {
      assertEquals(0, left.count(), "it leaves nothing behind");
    }
  }
}
