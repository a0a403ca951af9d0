package io.backpack.cli;

/**
 * Ends a command with one clear line on standard error and an exit code. No stack trace: it is an
 * answer to a person.
 */
public final class CliException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** The command did not do what it was asked. */
  public static final int FAILED = 1;

  /** The arguments or the configuration are wrong. */
  public static final int USAGE = 2;

  /** What was asked for does not exist. */
  public static final int NOT_FOUND = 3;

  /** Some of the work was done. */
  public static final int PARTLY = 4;

  private final int exitCode;

  public CliException(int exitCode, String message) {
    super(message, null, false, false);
    this.exitCode = exitCode;
  }

  public int exitCode() {
    return exitCode;
  }
}
