package io.backpack.cli;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/**
 * Keeps a command serving until the process is told to end, and then ends it orderly.
 *
 * <p>SIGTERM and SIGINT stop the service and end the process with 0; a second one does not hurry
 * it. During the start they end it at once: what was begun is as after a crash, which every start
 * is ready for, and nothing that was promised depends on it.
 */
final class Serving {
  /**
   * What serves.
   *
   * @param stop blocks until all is stopped
   * @param lost completes with why, in one line, when it can serve no longer
   */
  record Service(Runnable stop, Future<String> lost) {
    /** One that serves until it is stopped. */
    static Service of(Runnable stop) {
      return new Service(stop, new CompletableFuture<>());
    }
  }

  private volatile Runnable stop = () -> {};
  private volatile int exitCode;

  private Serving() {}

  /**
   * Starts the service and blocks for good.
   *
   * @throws CliException when the service can serve no longer
   */
  static void untilToldToEnd(Supplier<Service> start) {
    new Serving().run(start);
  }

  private void run(Supplier<Service> start) {
    Thread hook =
        new Thread(
            () -> {
              stop.run();
              // Java would end with 143 after a SIGTERM, as if that had not been the orderly way.
              Runtime.getRuntime().halt(exitCode);
            },
            "stop");
    Runtime.getRuntime().addShutdownHook(hook);
    Service service;
    try {
      service = start.get();
    } catch (RuntimeException e) {
      giveWayTo(hook);
      throw e;
    }
    stop = service.stop();
    try {
      String reason = service.lost().get();
      exitCode = CliException.FAILED;
      throw new CliException(CliException.FAILED, reason);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException e) {
      exitCode = CliException.FAILED;
      throw new CliException(CliException.FAILED, String.valueOf(e.getMessage()));
    }
  }

  /** A start that failed has its own exit code, unless the end of the process is under way. */
  private static void giveWayTo(Thread hook) {
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException ending) {
      try {
        new CountDownLatch(1).await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
