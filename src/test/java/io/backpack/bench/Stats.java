package io.backpack.bench;

import java.util.Arrays;
import java.util.List;

/** Medians and percentiles of what was measured. */
final class Stats {
  private Stats() {}

  /** The middle one, or the mean of the two in the middle. */
  static double median(List<Double> values) {
    double[] sorted = sorted(values);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }

  static double min(List<Double> values) {
    return sorted(values)[0];
  }

  static double max(List<Double> values) {
    return sorted(values)[values.size() - 1];
  }

  /**
   * The smallest value that is not below a share of all.
   *
   * @param percent above 0, at most 100
   */
  static double percentile(List<Double> values, double percent) {
    double[] sorted = sorted(values);
    int rank = (int) Math.ceil(percent / 100 * sorted.length);
    return sorted[Math.max(1, Math.min(sorted.length, rank)) - 1];
  }

  private static double[] sorted(List<Double> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException("nothing was measured");
    }
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted;
  }
}
