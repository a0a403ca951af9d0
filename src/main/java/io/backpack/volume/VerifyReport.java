package io.backpack.volume;

import java.time.Duration;

/**
 * What a verification of a volume found.
 *
 * @param needles that are sound, photos and tombstones
 * @param bytes of the volume that were verified
 * @param liveBytes of needles that readers are sent to, damaged ones too
 * @param deadBytes of needles that another one has taken the place of, damaged ones too
 * @param damagedLive needles that are known and wanted, and damaged or lost
 * @param damagedDead damaged needles that nobody wants any more; they are not listed as damage
 * @param unknown stretches in which no needle is known; what they held, if anything, cannot be told
 * @param unindexed needles that the index lacked
 * @param healed the index was told to replay the volumes of what it lacked; true when it lacked
 *     nothing
 * @param log what the index log was like; that is no damage of photos, since it is made from them
 * @param complete it went to the end; else it was told to stop, and the figures are of what it saw
 */
public record VerifyReport(
    int volume,
    long needles,
    long bytes,
    long liveBytes,
    long deadBytes,
    long damagedLive,
    long damagedDead,
    long unknown,
    long unindexed,
    boolean healed,
    Log log,
    boolean complete,
    Duration took) {
  /** How an index log compares with its volume. */
  public enum Log {
    /** It says what the volume says. */
    WHOLE,
    /** It ends, or is damaged, before the end of the volume; from there on the volume is read. */
    ENDS_EARLY,
    /** It says other things than the volume; see {@code docs/operations.md}. */
    DIFFERS,
    /** It is not there, or it is not that of the volume; the volume is read instead. */
    LOST
  }

  /** Whether nothing is wrong with the photos. */
  public boolean sound() {
    return damagedLive == 0 && unknown == 0 && unindexed == 0;
  }
}
