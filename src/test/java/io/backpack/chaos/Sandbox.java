package io.backpack.chaos;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The room in which a campaign runs: a process in network, mount and process namespaces of its own.
 * With the first process in it the kernel ends all others, unmounts their disks and removes their
 * networks, so nothing stays behind however a campaign ends, and two do not meet.
 */
final class Sandbox {
  /** Tells the program that it is inside. */
  static final String INSIDE = "--inside";

  private Sandbox() {}

  /** Runs {@link Chaos} inside, with its output where ours goes; returns its exit code. */
  static int run(List<String> arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("unshare"));
    if (!System.getProperty("user.name").equals("root")) {
      command.addAll(List.of("--user", "--map-root-user"));
    }
    command.addAll(
        List.of("--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc", "--"));
    List<String> probe = new ArrayList<>(command);
    probe.add("true");
    Shell.Ended possible = Shell.attempt(probe, "");
    if (possible.code() != 0) {
      throw new IllegalStateException(
          "cannot make namespaces, run it as root on a machine that allows it: "
              + possible.output());
    }
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx512m",
            "-XX:+UseSerialGC",
            "-Dbackpack.jar=" + System.getProperty("backpack.jar", "target/backpack.jar"),
            "-Dbackpack.java=" + System.getProperty("backpack.java", "java"),
            "-cp",
            System.getProperty("java.class.path"),
            Chaos.class.getName(),
            INSIDE));
    command.addAll(arguments);
    // Its input stays open as long as this process lives: when it closes, the one inside ends.
    Process inside = new ProcessBuilder(command).redirectErrorStream(true).start();
    Thread hook = new Thread(inside::destroyForcibly);
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      // Copied, not inherited: under a test runner the native stream is not ours to write to.
      inside.getInputStream().transferTo(System.out);
      return inside.waitFor();
    } finally {
      inside.destroyForcibly();
      Runtime.getRuntime().removeShutdownHook(hook);
    }
  }

  /** Ends the program inside when the one outside is gone, whatever became of it. */
  static void endWithTheOutside() {
    Thread watch =
        new Thread(
            () -> {
              try {
                while (System.in.read() >= 0) {
                  // Nothing is ever sent.
                }
              } catch (IOException gone) {
                // As good as its end.
              }
              Runtime.getRuntime().halt(1);
            },
            "outside");
    watch.setDaemon(true);
    watch.start();
  }
}
