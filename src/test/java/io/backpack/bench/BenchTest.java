package io.backpack.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the harness makes of what it measures. */
class BenchTest {
  @Test
  void mediansAndPercentiles() {
    assertEquals(2, Stats.median(List.of(9.0, 1.0, 2.0)));
    assertEquals(1.5, Stats.median(List.of(9.0, 1.0, 2.0, 1.0)));
    assertEquals(1, Stats.min(List.of(9.0, 1.0, 2.0)));
    assertEquals(9, Stats.max(List.of(9.0, 1.0, 2.0)));
    List<Double> hundred = IntStream.rangeClosed(1, 100).mapToObj(i -> (double) (101 - i)).toList();
    assertEquals(99, Stats.percentile(hundred, 99));
    assertEquals(100, Stats.percentile(hundred, 99.9));
    assertEquals(1, Stats.percentile(hundred, 0.5));
    assertThrows(IllegalArgumentException.class, () -> Stats.median(List.of()));
  }

  @Test
  void readsWhatWrkPrints() {
    Load load =
        Load.parse(
            """
            Running 2s test @ http://127.0.0.1:1
              2 threads and 64 connections
            RESULT 3010 2000000 40000000 1500 9000 20000 31000 10
            """);
    assertEquals(1500, load.rate(), "errors are no answers");
    assertEquals(20, load.megabytes());
    assertEquals(1.5, load.p50());
    assertEquals(9, load.p99());
    assertEquals(20, load.p999());
    assertEquals(31, load.max());
    assertEquals(10, load.errors());
    assertThrows(IllegalStateException.class, () -> Load.parse("unable to connect"));
  }

  @Test
  void processorTime() {
    String stat = "42 (redis-server (a)) S 1 42 42 0 -1 4194560 9 8 7 6 150 50 30 20 20 0 5 0 1";
    assertEquals("redis-server (a)", Cpu.name(stat));
    assertEquals(150, Cpu.field(stat, 11));
    assertEquals(20, Cpu.field(stat, 14));
    Cpu begun = new Cpu(Map.of("java", 100L, "wrk", 10L));
    Cpu ended = new Cpu(Map.of("java", 200L, "wrk", 60L, "new", 1L));
    assertEquals("us/request: java 10, new 0.1, wrk 5", ended.since(begun, 100_000));
  }

  @Test
  void everyRowWithAGoalIsPlanned() {
    Options options = new Options();
    for (Row row : Rows.all()) {
      boolean free = row.id().equals("cold-get") || row.id().endsWith("open-file-cache");
      assertEquals(!free, Plan.seconds(options, row.id()) > 0, row.id());
    }
  }

  @Test
  void goals() {
    assertTrue(Goal.atLeast(2).met(2));
    assertFalse(Goal.atLeast(2).met(1.99));
    assertTrue(Goal.atMost(48).met(48));
    assertFalse(Goal.atMost(48).met(48.1));
    assertEquals(">= 200,000", Goal.atLeast(200_000).toString());
    assertEquals("<= 0.5", Goal.atMost(0.5).toString());
  }

  @Test
  void photosFollowFromTheSeed() {
    Photos photos = Photos.previews("some", 20_000);
    byte[] pool = photos.pool();
    assertEquals(photos.data(pool, 7), Photos.previews("some", 20_000).data(pool, 7));
    Set<String> names = new HashSet<>();
    long sum = 0;
    int belowMedian = 0;
    for (int i = 0; i < photos.count(); i++) {
      assertEquals(20, photos.path(i).length());
      assertTrue(names.add(photos.path(i)), "a name comes twice");
      int size = photos.size(i);
      assertTrue(size >= 1_536 && size <= 204_800, size + " bytes");
      sum += size;
      belowMedian += size < 12_288 ? 1 : 0;
    }
    assertEquals(0.5, belowMedian / 20_000.0, 0.02);
    assertEquals(1, photos.bytes() / (double) sum, 0.02);
    // As bench/names.lua computes it.
    assertEquals("c8f/0000bc8f0000.jpg", photos.path(0));
  }

  @Test
  void heapOfAnyCollector() {
    assertEquals(
        21 << 20,
        Node.heapUsed(
            """
            1:
             garbage-first heap   total 262144K, used 21504K [0x1, 0x2)
              region size 1024K, 5 young (5120K), 1 survivors (1024K)
             Metaspace       used 52000K, committed 53000K, reserved 1114112K
              class space    used 6000K, committed 7000K, reserved 1048576K
            """));
    assertEquals(
        3 << 20,
        Node.heapUsed(
            """
             def new generation   total 9216K, used 1024K [0x1, 0x2)
              eden space 8192K,  12% used [0x1, 0x2)
             tenured generation   total 10240K, used 2048K [0x1, 0x2)
               the space 10240K,  20% used [0x1, 0x2)
             Metaspace       used 52000K, committed 53000K, reserved 1114112K
            """));
    assertEquals(
        1 << 20, Many.direct("-                     Other (reserved=9KB, committed=1024KB)"));
  }

  @Test
  void profileCountsTopFrames() {
    String top = Profile.top(Map.of("[writer];b;c", 3, "[event loop];c;c", 1));
    assertTrue(top.startsWith("4 samples"), top);
    assertTrue(top.contains("75.0 %  [writer]\n"), top);
    assertTrue(top.contains("75.0 %  [writer] c\n"), top);
    assertTrue(top.contains("100.0 %  c\n"), top);
    assertTrue(top.contains("75.0 %  b\n"), top);
    assertEquals("event loop", Profile.group("vert.x-eventloop-thread-1"));
    assertEquals("writer", Profile.group("backpack-writer-0"));
    assertEquals("reader", Profile.group("backpack-read-1-7"));
    assertEquals("G1 Main", Profile.group("G1 Main"));
  }

  @Test
  void resultsAreKeptAndTold(@TempDir Path directory) throws Exception {
    Path file = directory.resolve("made/results.json");
    Results results = Results.load(file);
    Result result =
        new Result(
            "warm-get",
            "2026-01-02",
            "10 photos",
            false,
            List.of(1.0, 1.3, 1.2),
            List.of("raw line"),
            List.of(List.of(1.0, 2.0)));
    results.put(result);
    results.put(
        new Result(
            "put-synced", "2026-01-03", "3 rounds", true, List.of(1.9), List.of(), List.of()));
    Results again = Results.load(file);
    assertEquals(result, again.find("warm-get").orElseThrow());

    String document =
        new Report(Rows.all(), again).document(List.of("one core"), "## Limits\n\nwords\n");
    assertTrue(document.contains("\n## Limits\n\nwords\n\n# How"), document);
    assertTrue(document.contains("\n- one core\n"), document);
    assertTrue(
        document.contains("| >= 1.1 | 1.2 | 1-1.3 | yes | 10 photos | 2026-01-02 |\n"), document);
    assertTrue(
        document.contains("| >= 2 | 1.9 |  | **no** | quick: 3 rounds | 2026-01-03 |\n"), document);
    assertTrue(document.contains("\n```\nraw line\n```\n"), document);
    assertTrue(document.contains("| not measured |"), document);
  }

  @Test
  void everyRowIsToldOnceAndMeasured() {
    List<Row> rows = Rows.all();
    assertEquals(rows.size(), rows.stream().map(Row::id).distinct().count());
    assertEquals(Set.copyOf(rows), Set.copyOf(Rows.inOrder(rows)));
    assertEquals(21, rows.stream().filter(row -> row.goal().isPresent()).count());
  }
}
