package io.backpack.volume;

/** One volume that is being compacted, and how far that has come. For one thread. */
final class CompactionSource {
  private final Volume volume;
  private long damagedNeedles;
  private long gapBytes;
  private long firstDamage = -1;
  private long deadNeedles;
  private long deadBytes;
  private boolean walked;

  CompactionSource(Volume volume) {
    this.volume = volume;
  }

  Volume volume() {
    return volume;
  }

  int id() {
    return volume.id();
  }

  void dead(NeedleEntry entry) {
    deadNeedles++;
    deadBytes += entry.location().length();
  }

  void damaged(NeedleEntry entry) {
    damagedNeedles++;
    note(entry.location().offset());
  }

  void gap(long from, long to) {
    if (volume.torn().covers(from, to)) {
      return; // Never a needle.
    }
    gapBytes += to - from;
    note(from);
  }

  private void note(long offset) {
    firstDamage = firstDamage < 0 ? offset : Math.min(firstDamage, offset);
  }

  /** Nothing that lives is left in it but damage. */
  void walked() {
    walked = true;
  }

  /** Whether it may go, as far as is known until now. */
  boolean empty() {
    return walked && !damaged();
  }

  boolean damaged() {
    return damagedNeedles > 0 || gapBytes > 0;
  }

  /** What keeps it, for people. */
  String damage() {
    return damagedNeedles
        + " needles and "
        + gapBytes
        + " bytes of unknown needles are damaged, the first at "
        + firstDamage
        + ": it goes when they are repaired and it is compacted again; unknown ones stay";
  }

  long deadNeedles() {
    return deadNeedles;
  }

  long deadBytes() {
    return deadBytes;
  }
}
