package io.backpack.volume;

/** What a manifest says may be done with a volume. */
enum VolumeState {
  /** Takes needles. */
  OPEN(1),
  /** Its length is final. */
  SEALED(2),
  /** A compaction has moved all that lived in it: nobody reads it, its files are to be deleted. */
  RETIRED(3);

  private final int code;

  VolumeState(int code) {
    this.code = code;
  }

  int code() {
    return code;
  }

  static VolumeState of(int code) {
    for (VolumeState each : values()) {
      if (each.code == code) {
        return each;
      }
    }
    throw new IllegalArgumentException("not a state of a volume: " + code);
  }
}
