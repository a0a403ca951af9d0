package io.backpack.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends a Redis that an earlier process left on a directory. The caller holds the directory. */
final class RedisOrphan {
  private static final String PID_FILE = "redis.pid";
  private static final long SECONDS = 15;
  private static final Logger LOG = LoggerFactory.getLogger(RedisOrphan.class);

  private RedisOrphan() {}

  static void end(Path home) throws IOException {
    Path pidFile = home.resolve(PID_FILE);
    if (!Files.exists(pidFile)) {
      return;
    }
    String pid = Files.readString(pidFile).strip();
    if (pid.matches("\\d{1,9}")) {
      ProcessHandle process = ProcessHandle.of(Long.parseLong(pid)).orElse(null);
      if (process != null && works(process, home)) {
        LOG.warn("ending the redis-server {} that an earlier process left on {}", pid, home);
        end(process);
      }
    }
    Files.delete(pidFile);
  }

  /**
   * Whether the process works in the directory. Its number alone would not do: it may have been
   * given to a stranger. Redis changes to its data directory, and shows something else than its
   * arguments as its command line.
   */
  private static boolean works(ProcessHandle process, Path home) {
    Path proc = Path.of("/proc", Long.toString(process.pid()));
    try {
      return Files.readSymbolicLink(proc.resolve("cwd")).equals(home)
          && Files.readString(proc.resolve("cmdline")).contains("redis");
    } catch (IOException e) {
      return false;
    }
  }

  private static void end(ProcessHandle process) throws IOException {
    try {
      process.destroy();
      process.onExit().get(SECONDS, TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      process.destroyForcibly();
      awaitEnd(process);
    } catch (ExecutionException e) {
      throw new IOException("cannot wait for redis-server " + process.pid(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static void awaitEnd(ProcessHandle process) throws IOException {
    try {
      process.onExit().get(SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("redis-server " + process.pid() + " does not end", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }
}
