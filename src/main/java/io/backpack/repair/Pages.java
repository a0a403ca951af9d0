package io.backpack.repair;

import io.backpack.api.Holdings;
import java.util.ArrayList;
import java.util.List;

/** Goes through slots, as many at a time as have about so many entries; growing slowly. */
final class Pages {
  private final int[] slots;
  private final int entries;
  private int done;
  private int size = 1;

  /**
   * @param entries that a page is to have, about
   */
  Pages(int[] slots, int entries) {
    this.slots = slots;
    this.entries = entries;
  }

  /** The next slots; none when all are done. */
  List<Integer> next() {
    List<Integer> page = new ArrayList<>();
    for (int i = done; i < Math.min(slots.length, done + size); i++) {
      page.add(slots[i]);
    }
    return page;
  }

  /**
   * The page that {@link #next} gave is done.
   *
   * @param had entries that it had
   */
  void done(List<Integer> page, int had) {
    done += page.size();
    long fitting = (long) page.size() * entries / Math.max(1, had);
    size = (int) Math.max(1, Math.min(Holdings.MAX_SLOTS, Math.min(fitting, 4L * page.size())));
  }

  int done() {
    return done;
  }
}
