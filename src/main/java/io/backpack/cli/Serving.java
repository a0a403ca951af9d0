package io.backpack.cli;

import java.util.concurrent.CountDownLatch;

/** Keeps a command serving until the process is told to end, and then ends it orderly. */
final class Serving {
  private Serving() {}

  /**
   * Blocks for good. SIGTERM and SIGINT stop the service and end the process with 0; a second one
   * does not hurry it.
   *
   * @param stop blocks until all is stopped
   */
  static void untilToldToEnd(Runnable stop) {
    Runtime runtime = Runtime.getRuntime();
    runtime.addShutdownHook(
        new Thread(
            () -> {
              stop.run();
              // Java would end with 143 after a SIGTERM, as if that had not been the orderly way.
              runtime.halt(0);
            },
            "stop"));
    try {
      new CountDownLatch(1).await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
