package io.backpack.cli.replicate;

import com.github.freva.asciitable.AsciiTable;
import com.github.freva.asciitable.Column;
import com.github.freva.asciitable.HorizontalAlign;
import io.backpack.cli.CliException;
import io.backpack.cluster.ClusterMap;
import io.backpack.queue.QueueStatus;
import io.backpack.queue.QueueStatus.DeadLetter;
import io.backpack.queue.QueueStatus.ServerStatus;
import io.backpack.queue.QueueStatus.TargetStatus;
import io.backpack.queue.RedisCopyQueue;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code replicate status}. */
@Command(
    name = "status",
    description = {
      "Shows what waits to be copied, by queue server and target node, and the newest dead letters.",
      "Exit code 4 when some queue servers do not answer or get no tasks, 1 when all of them."
    })
final class StatusCommand extends QueueCommand {
  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  int run(Vertx vertx, ClusterMap map, RedisCopyQueue queue) {
    QueueStatus status = await(queue.status());
    print(json ? status.toJson().encodePrettily() : text(status));
    long good = status.servers().stream().filter(ServerStatus::takesTasks).count();
    if (good == status.servers().size()) {
      return 0;
    }
    return good == 0 ? CliException.FAILED : CliException.PARTLY;
  }

  static String text(QueueStatus status) {
    List<Object[]> targets = new ArrayList<>();
    List<Object[]> letters = new ArrayList<>();
    StringBuilder text = new StringBuilder();
    for (ServerStatus server : status.servers()) {
      text.append("queue server ").append(server.server());
      text.append(server.reachable() ? "" : " does not answer: " + server.error());
      text.append(server.refusal().isEmpty() ? "" : " gets no tasks: " + server.refusal());
      text.append(server.warning().isEmpty() ? "" : ", warning: " + server.warning());
      text.append(server.deadCut() > 0 ? ", " + server.deadCut() + " dead letters were cut" : "");
      text.append('\n');
      server.targets().stream()
          .filter(target -> target.total() > 0 || target.behind())
          .forEach(target -> targets.add(row(server, target)));
      server.letters().forEach(letter -> letters.add(row(letter)));
    }
    text.append(status.total()).append(" tasks, ").append(status.dead()).append(" dead letters");
    if (!targets.isEmpty()) {
      text.append('\n').append(table(TARGETS, targets));
    }
    if (!letters.isEmpty()) {
      text.append('\n').append(table(LETTERS, letters));
    }
    return text.toString();
  }

  private static final List<Column> TARGETS =
      List.of(
          left("TARGET"),
          left("SERVER"),
          right("WAITING"),
          right("LEASED"),
          right("RETRYING"),
          right("OLDEST"),
          left("BEHIND"));

  private static final List<Column> LETTERS =
      List.of(
          left("DEAD LETTER"),
          left("SINCE"),
          left("TARGET"),
          right("ATTEMPTS"),
          left("TASK"),
          left("REASON"));

  private static Object[] row(ServerStatus server, TargetStatus target) {
    return new Object[] {
      target.target(),
      server.server(),
      target.waiting(),
      target.leased(),
      target.retrying(),
      target.oldestMillis() < 0 ? "-" : age(target.oldestMillis()),
      target.behind()
          ? target.behindTasks() + " since " + Instant.ofEpochMilli(target.behindSince())
          : "no"
    };
  }

  private static Object[] row(DeadLetter letter) {
    return new Object[] {
      letter.id(), letter.time(), letter.target(), letter.attempts(), letter.task(), letter.reason()
    };
  }

  /** Two units are enough for an age: 3d4h, 5m7s, 0.3s. */
  static String age(long millis) {
    Duration age = Duration.ofMillis(millis);
    if (age.toDays() > 0) {
      return age.toDays() + "d" + age.toHoursPart() + "h";
    }
    if (age.toHours() > 0) {
      return age.toHours() + "h" + age.toMinutesPart() + "m";
    }
    if (age.toMinutes() > 0) {
      return age.toMinutes() + "m" + age.toSecondsPart() + "s";
    }
    return age.toSeconds() + "." + age.toMillisPart() / 100 + "s";
  }

  private static String table(List<Column> columns, List<Object[]> rows) {
    return AsciiTable.getTable(
        AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS_NO_OUTSIDE_BORDER,
        columns.toArray(new Column[0]),
        rows.toArray(new Object[0][]));
  }

  private static Column left(String header) {
    return new Column().header(header).dataAlign(HorizontalAlign.LEFT);
  }

  private static Column right(String header) {
    return new Column().header(header).dataAlign(HorizontalAlign.RIGHT);
  }
}
