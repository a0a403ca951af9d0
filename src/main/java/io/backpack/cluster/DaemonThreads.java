package io.backpack.cluster;

/** Threads that do not keep the JVM from ending. */
final class DaemonThreads {
  private DaemonThreads() {}

  static Thread create(String name, Runnable work) {
    Thread thread = new Thread(work, name);
    thread.setDaemon(true);
    return thread;
  }
}
