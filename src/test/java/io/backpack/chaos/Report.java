package io.backpack.chaos;

import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The numbers of a campaign, as text and as JSON. */
final class Report {
  private final JsonObject json = new JsonObject();
  private final StringBuilder text = new StringBuilder();

  Report(Options options) {
    json.put("seed", options.seed())
        .put("servers", options.servers())
        .put("strict", options.copiesStrict());
    line(
        "seed %d, %d servers, copies %s",
        options.seed(),
        options.servers(),
        options.careless()
            ? "left to chance"
            : options.copiesStrict() ? "strict" : "degraded where it must be");
  }

  private void line(String format, Object... values) {
    text.append(String.format(Locale.ROOT, format, values)).append('\n');
  }

  void operations(History history, Findings findings, long degraded, int ends) {
    long puts = 0;
    long deletes = 0;
    long refused = 0;
    long uncertain = 0;
    for (Collection<Op> ops : history.writes().values()) {
      for (Op op : ops) {
        puts += op.acknowledged() && op.kind == Op.Kind.PUT ? 1 : 0;
        deletes += op.acknowledged() && op.kind == Op.Kind.DELETE ? 1 : 0;
        refused += op.refused() ? 1 : 0;
        uncertain += op.uncertain() ? 1 : 0;
      }
    }
    long reads = history.reads().size();
    long answered =
        history.reads().stream()
            .filter(op -> op.status == 200 || op.status == 404 || op.status == 410)
            .count();
    json.put("operations", history.operations())
        .put("uploads", puts)
        .put("deletes", deletes)
        .put("refused_writes", refused)
        .put("unanswered_writes", uncertain)
        .put("reads", reads)
        .put("answered_reads", answered)
        .put("degraded_uploads", degraded)
        .put("unexpected_ends", ends)
        .put("names_checked", findings.names())
        .put("deletes_checked", findings.deletes());
    line(
        "%d operations: %d uploads and %d deletes acknowledged, %d refused, %d not answered or 5xx;"
            + " %d of %d reads answered; %d degraded uploads",
        history.operations(), puts, deletes, refused, uncertain, answered, reads, degraded);
    line("%d ends of processes by themselves", ends);
  }

  /** How often each kind was made, and how long uploads stood still while it was alone. */
  void faults(Map<FaultKind, Integer> made, List<Window> windows, List<Long> stored) {
    Map<FaultKind, Long> alone = new EnumMap<>(FaultKind.class);
    Map<FaultKind, Long> among = new EnumMap<>(FaultKind.class);
    for (Window window : windows) {
      long gap = window.longestGap(stored);
      for (FaultKind kind : window.kinds()) {
        (window.kinds().size() == 1 ? alone : among).merge(kind, gap, Math::max);
      }
    }
    JsonObject kinds = new JsonObject();
    int all = made.values().stream().mapToInt(Integer::intValue).sum();
    json.put("faults_made", all).put("kinds_made", made.size());
    line("%d faults of %d kinds", all, made.size());
    line("%-18s %5s  %s", "FAULT", "TIMES", "LONGEST WITHOUT A STORED UPLOAD: ALONE, AMONG OTHERS");
    made.forEach(
        (kind, times) -> {
          kinds.put(
              kind.label(),
              new JsonObject()
                  .put("times", times)
                  .put("longest_gap_ms", millis(alone.get(kind)))
                  .put("longest_gap_among_others_ms", millis(among.get(kind))));
          line("%-18s %5d  %8s %8s", kind.label(), times, shown(alone, kind), shown(among, kind));
        });
    json.put("faults", kinds);
  }

  private static Long millis(Long nanos) {
    return nanos == null ? null : nanos / 1_000_000;
  }

  private static String shown(Map<FaultKind, Long> gaps, FaultKind kind) {
    return gaps.containsKey(kind)
        ? String.format(Locale.ROOT, "%.1f s", gaps.get(kind) / 1e9)
        : "-";
  }

  void findings(Findings findings) {
    JsonObject counts = new JsonObject();
    JsonObject examples = new JsonObject();
    line("%d names checked, %d of them deleted", findings.names(), findings.deletes());
    for (Findings.Kind kind : Findings.Kind.values()) {
      long count = findings.count(kind);
      counts.put(kind.name().toLowerCase(Locale.ROOT), count);
      if (kind.failure() || count > 0) {
        line("%8d %s%s", count, kind.words(), kind.failure() ? "" : " (counted only)");
      }
      if (count > 0) {
        examples.put(kind.name().toLowerCase(Locale.ROOT), new JsonArray(findings.examples(kind)));
      }
    }
    for (Findings.Kind kind : Findings.Kind.values()) {
      if (kind.failure() || kind == Findings.Kind.DEAD_LETTER) {
        findings.examples(kind).forEach(example -> line("%s: %s", kind, example));
      }
    }
    json.put("findings", counts).put("examples", examples).put("passed", !findings.failed());
    line(findings.failed() ? "FAILED" : "passed: 0 losses");
  }

  JsonObject json() {
    return json;
  }

  String text() {
    return text.toString();
  }
}
