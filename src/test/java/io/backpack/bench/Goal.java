package io.backpack.bench;

/**
 * What a figure is to reach.
 *
 * @param atLeast whether more is better; else less is
 */
record Goal(double value, boolean atLeast) {
  static Goal atLeast(double value) {
    return new Goal(value, true);
  }

  static Goal atMost(double value) {
    return new Goal(value, false);
  }

  boolean met(double measured) {
    return atLeast ? measured >= value : measured <= value;
  }

  @Override
  public String toString() {
    return (atLeast ? ">= " : "<= ") + Figures.number(value);
  }
}
