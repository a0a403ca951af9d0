package io.backpack.storage;

/** Where something is lost of which no name is known. */
record LostPlace(int volume, long offset, long length) {
  /** All of a volume. */
  static LostPlace all(int volume) {
    return new LostPlace(volume, 0, Long.MAX_VALUE);
  }
}
