package io.backpack.volume;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;

/** The names in a directory as a power cut sees them: a name is a file's only once it is synced. */
final class UnsyncedNames {
  private record Change(
      Optional<String> gone, Optional<String> given, Optional<UnsyncedFile> file) {}

  private final Map<String, UnsyncedFile> current = new HashMap<>();
  private final Map<String, UnsyncedFile> durable = new HashMap<>();
  private final List<Change> unsynced = new ArrayList<>();

  Optional<UnsyncedFile> find(String name) {
    return Optional.ofNullable(current.get(name));
  }

  /** A file that was there before. */
  void known(String name, UnsyncedFile file) {
    current.put(name, file);
    durable.put(name, file);
  }

  void create(String name, UnsyncedFile file) {
    change(new Change(Optional.empty(), Optional.of(name), Optional.of(file)));
  }

  void replace(String from, String to) {
    change(new Change(Optional.of(from), Optional.of(to), find(from)));
  }

  void delete(String name) {
    change(new Change(Optional.of(name), Optional.empty(), Optional.empty()));
  }

  private void change(Change change) {
    apply(change, current);
    unsynced.add(change);
  }

  private static void apply(Change change, Map<String, UnsyncedFile> names) {
    change.gone().ifPresent(names::remove);
    change.given().ifPresent(name -> names.put(name, change.file().orElseThrow()));
  }

  void sync() {
    unsynced.forEach(each -> apply(each, durable));
    unsynced.clear();
  }

  /** The names now, before a power cut. */
  Map<String, UnsyncedFile> current() {
    return Map.copyOf(current);
  }

  /** After a power cut. */
  Map<String, UnsyncedFile> survive(PowerLoss how, Random random) {
    int whole = how.whole(unsynced.size(), random);
    for (int i = 0; i < unsynced.size(); i++) {
      boolean kept = i < whole || how.keeps(i, unsynced.size(), i == whole, random);
      if (kept) {
        apply(unsynced.get(i), durable);
      }
    }
    unsynced.clear();
    current.clear();
    current.putAll(durable);
    return Map.copyOf(durable);
  }
}
