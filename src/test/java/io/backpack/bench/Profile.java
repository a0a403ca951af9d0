package io.backpack.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordedThread;
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
        // Native samples are of threads that mostly wait in there.
        boolean sample = type.equals("jdk.ExecutionSample");
        if (sample && trace != null) {
          RecordedThread thread = event.getThread("sampledThread");
          String group = group(thread == null ? null : thread.getJavaName());
          stacks.merge("[" + group + "];" + collapse(trace.getFrames()), 1, Integer::sum);
        }
      }
    }
    return stacks;
  }

  /** What a thread is for. */
  static String group(String thread) {
    if (thread == null) {
      return "unknown";
    }
    if (thread.contains("eventloop")) {
      return "event loop";
    }
    if (thread.startsWith("backpack-writer")) {
      return "writer";
    }
    return thread.startsWith("backpack-read-") ? "reader" : thread.replaceAll("[-0-9]+$", "");
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

  /**
   * The groups of threads; then the methods by the samples they are on top of, and by those they
   * are anywhere in.
   *
   * @param stacks from the outermost frame, which is the group
   */
  static String top(Map<String, Integer> stacks) {
    Map<String, Integer> self = new HashMap<>();
    Map<String, Integer> total = new HashMap<>();
    Map<String, Integer> groups = new HashMap<>();
    int all = 0;
    for (Map.Entry<String, Integer> entry : stacks.entrySet()) {
      String[] frames = entry.getKey().split(";");
      int count = entry.getValue();
      all += count;
      groups.merge(frames[0], count, Integer::sum);
      self.merge(frames[0] + " " + frames[frames.length - 1], count, Integer::sum);
      for (String frame : new HashSet<>(Arrays.asList(frames).subList(1, frames.length))) {
        total.merge(frame, count, Integer::sum);
      }
    }
    return all
        + " samples of Java code\n\nthreads\n"
        + table(groups, all)
        + "\nself\n"
        + table(self, all)
        + "\nwith what it calls\n"
        + table(total, all);
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
