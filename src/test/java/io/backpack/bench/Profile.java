package io.backpack.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

/** What a node does while it is loaded, by Java Flight Recorder. */
final class Profile {
  private static final int TOP = 40;

  private final Bench bench;
  private final long pid;

  private Profile(Bench bench, long pid) {
    this.bench = bench;
    this.pid = pid;
  }

  /** Begins to record when a profile is wanted. */
  static Optional<Profile> begin(Bench bench, long pid) throws IOException {
    if (!bench.options().profile) {
      return Optional.empty();
    }
    Profile profile = new Profile(bench, pid);
    profile.jcmd("JFR.start", "name=bench", "settings=profile");
    return Optional.of(profile);
  }

  /** Ends it and writes the recording, its stacks and its top methods. */
  void end(String row) throws IOException {
    Path target = Options.target("").toAbsolutePath();
    Files.createDirectories(target);
    Path recording = target.resolve(row + ".jfr");
    jcmd("JFR.stop", "name=bench", "filename=" + recording);
    Map<String, Integer> stacks = stacks(recording);
    List<String> collapsed = new ArrayList<>();
    stacks.forEach((stack, count) -> collapsed.add(stack + " " + count));
    Files.write(target.resolve(row + ".collapsed"), collapsed);
    Files.writeString(target.resolve(row + ".txt"), top(stacks));
    System.out.println("  profile: " + target.resolve(row + ".txt"));
  }

  private void jcmd(String command, String... words) throws IOException {
    List<String> all = new ArrayList<>(List.of("jcmd", Long.toString(pid), command));
    all.addAll(List.of(words));
    bench.processes().run(Map.of(), all);
  }

  private static Map<String, Integer> stacks(Path recording) throws IOException {
    Map<String, Integer> stacks = new TreeMap<>();
    try (RecordingFile file = new RecordingFile(recording)) {
      while (file.hasMoreEvents()) {
        RecordedEvent event = file.readEvent();
        String type = event.getEventType().getName();
        RecordedStackTrace trace = event.getStackTrace();
        boolean sample =
            type.equals("jdk.ExecutionSample") || type.equals("jdk.NativeMethodSample");
        if (sample && trace != null) {
          stacks.merge(collapse(trace.getFrames()), 1, Integer::sum);
        }
      }
    }
    return stacks;
  }

  private static String collapse(List<RecordedFrame> frames) {
    List<String> names = new ArrayList<>();
    for (RecordedFrame frame : frames) {
      String type = frame.getMethod().getType().getName();
      names.add(
          type.substring(type.lastIndexOf('.') + 1).replace(';', ' ')
              + "."
              + frame.getMethod().getName());
    }
    Collections.reverse(names);
    return String.join(";", names);
  }

  /** The methods by the samples they are on top of, and by those they are anywhere in. */
  static String top(Map<String, Integer> stacks) {
    Map<String, Integer> self = new HashMap<>();
    Map<String, Integer> total = new HashMap<>();
    int all = 0;
    for (Map.Entry<String, Integer> entry : stacks.entrySet()) {
      String[] frames = entry.getKey().split(";");
      int count = entry.getValue();
      all += count;
      self.merge(frames[frames.length - 1], count, Integer::sum);
      for (String frame : Set.of(distinct(frames))) {
        total.merge(frame, count, Integer::sum);
      }
    }
    return all
        + " samples\n\nself\n"
        + table(self, all)
        + "\nwith what it calls\n"
        + table(total, all);
  }

  private static String[] distinct(String[] frames) {
    return Arrays.stream(frames).distinct().toArray(String[]::new);
  }

  private static String table(Map<String, Integer> counts, int all) {
    StringBuilder out = new StringBuilder();
    counts.entrySet().stream()
        .sorted(
            Map.Entry.<String, Integer>comparingByValue()
                .reversed()
                .thenComparing(Map.Entry.comparingByKey()))
        .limit(TOP)
        .forEach(
            entry ->
                out.append(
                    String.format(
                        Locale.ROOT,
                        "%6.1f %%  %s%n",
                        100.0 * entry.getValue() / all,
                        entry.getKey())));
    return out.toString();
  }
}
