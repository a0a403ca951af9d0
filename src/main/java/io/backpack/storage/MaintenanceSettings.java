package io.backpack.storage;

/**
 * How a node looks after its volumes.
 *
 * @param scrubDays within which everything is read and verified once; 0 for never
 * @param compactDeadRatio dead bytes of a volume, as a share of all of its bytes, from which on it
 *     is compacted; 0 for only on command
 * @param compactRate bytes a second, read and written, of compaction and of what is verified on
 *     command
 */
public record MaintenanceSettings(int scrubDays, double compactDeadRatio, long compactRate) {
  /** The defaults: 30 days, 40 per cent, 32 MiB/s. */
  public static final MaintenanceSettings DEFAULT = new MaintenanceSettings(30, 0.4, 32L << 20);

  public MaintenanceSettings {
    if (scrubDays < 0 || !(compactDeadRatio >= 0 && compactDeadRatio <= 1) || compactRate < 1) {
      throw new IllegalArgumentException("maintenance settings out of range");
    }
  }
}
