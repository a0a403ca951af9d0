package io.backpack.chaos;

import java.util.Collection;
import java.util.List;
import java.util.Set;

/** Judges what reads were answered while everything went wrong, by what was known at that time. */
final class ReadJudge {
  private final History history;
  private final Set<String> excused;
  private final Findings findings;

  /**
   * @param excused addresses of photos that were allowed to get lost
   */
  ReadJudge(History history, Set<String> excused, Findings findings) {
    this.history = history;
    this.excused = excused;
    this.findings = findings;
  }

  void judgeAll() {
    history.reads().forEach(this::judge);
    history.writes().values().stream()
        .flatMap(Collection::stream)
        .filter(op -> op.kind == Op.Kind.DELETE)
        .forEach(this::judge);
  }

  private void judge(Op op) {
    if (!op.done() || excused.contains(op.shard + ":" + op.name)) {
      return;
    }
    if (op.status == 200 && op.found == Op.WRONG) {
      findings.add(Findings.Kind.WRONG_BYTES, op.toString());
    } else if (op.status == 200) {
      judgeBytes(op);
    } else if (op.status == 404 || op.status == 410) {
      if (wasThere(op)) {
        findings.add(Findings.Kind.DENIED, op + " after " + List.copyOf(history.writesOf(op.name)));
      } else if (wasThereAgain(op)) {
        findings.add(Findings.Kind.RETURNED_DENIED, op.toString());
      }
    }
    if (op.denied > 0 && op.status != 404 && wasThere(op)) {
      findings.add(Findings.Kind.NODE_DENIED, op.toString());
    }
  }

  /** Whether a photo was acknowledged before, and nobody had asked for its deletion. */
  private boolean wasThere(Op read) {
    boolean there = false;
    for (Op write : history.writesOf(read.name)) {
      if (write == read || write.shard != read.shard) {
        continue;
      }
      if (write.kind == Op.Kind.DELETE && write.start < read.end) {
        return false;
      }
      there |= write.acknowledged() && write.end < read.start;
    }
    return there;
  }

  /** Whether a photo was acknowledged after the last delete that anybody asked for. */
  private boolean wasThereAgain(Op read) {
    long lastDelete = 0;
    for (Op write : history.writesOf(read.name)) {
      if (write != read && write.kind == Op.Kind.DELETE && write.start < read.end) {
        lastDelete = Math.max(lastDelete, write.end);
      }
    }
    for (Op write : history.writesOf(read.name)) {
      if (write.kind == Op.Kind.PUT
          && write.shard == read.shard
          && write.acknowledged()
          && write.start > lastDelete
          && write.end < read.start) {
        return true;
      }
    }
    return false;
  }

  private void judgeBytes(Op read) {
    boolean refused = true;
    long lastSent = 0;
    for (Op write : history.writesOf(read.name)) {
      if (write.kind == Op.Kind.PUT && write.seed == read.found) {
        refused &= write.refused() && write.end < read.start;
        lastSent = Math.max(lastSent, write.end);
      }
    }
    if (refused) {
      findings.add(Findings.Kind.REFUSED_SEEN, read.toString());
      return;
    }
    for (Op write : history.writesOf(read.name)) {
      if (write.kind == Op.Kind.DELETE
          && write.shard == read.shard
          && write.acknowledged()
          && write.start > lastSent
          && write.end < read.start) {
        findings.add(Findings.Kind.STALE, read + " after " + write);
        return;
      }
    }
  }
}
