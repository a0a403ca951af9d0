package io.backpack.chaos;

import java.util.Set;

/** One thing that goes wrong, somewhere, for a while. */
interface Fault {
  /** What it does and where, in words. */
  String what();

  /** What it has for itself as long as it lasts: two faults that claim the same exclude another. */
  Set<String> claims();

  void begin() throws Exception;

  /** Makes good again what an operator or the system would; the data stay as they are. */
  void end() throws Exception;

  /** A part of a fault that may fail. */
  interface Action {
    void run() throws Exception;

    /** Does nothing. */
    static void none() {}
  }

  static Fault of(String what, Set<String> claims, Action begin, Action end) {
    return new Fault() {
      @Override
      public String what() {
        return what;
      }

      @Override
      public Set<String> claims() {
        return claims;
      }

      @Override
      public void begin() throws Exception {
        begin.run();
      }

      @Override
      public void end() throws Exception {
        end.run();
      }
    };
  }
}
