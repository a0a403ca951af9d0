package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.backpack.api.PhotoName;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What was acknowledged, to hold a set and its index against. */
final class PhotoLedger {
  private record Stored(long version, boolean deleted, ByteBuffer data) {}

  private final Map<String, Stored> all = new TreeMap<>();
  private long version;

  void put(VolumeSet set, String name, int size) {
    version++;
    byte[] data = Engine.bytes(size, version);
    Engine.put(set, name, version, data);
    all.put(name, new Stored(version, false, ByteBuffer.wrap(data)));
  }

  void delete(VolumeSet set, String name) {
    version++;
    Engine.delete(set, name, version);
    all.put(name, new Stored(version, true, ByteBuffer.allocate(0)));
  }

  /** Everything acknowledged is there, as the index says and as the files say. */
  void check(VolumeSet set, MemoryIndex index, String where) {
    Map<PhotoName, NeedleEntry> entries = index.entries();
    assertEquals(all.size(), entries.size(), where);
    all.forEach(
        (name, stored) -> {
          NeedleEntry entry = entries.get(PhotoName.of(name));
          assertNotNull(entry, where + ": " + name);
          assertEquals(stored.version, entry.version().bits(), where + ": " + name);
          assertEquals(stored.deleted, entry.tombstone(), where + ": " + name);
          StoredNeedle needle = set.read(entry.location());
          assertEquals(stored.data, needle.data(), where + ": " + name);
          assertEquals(stored.deleted, needle.tombstone(), where + ": " + name);
        });
  }

  /** The same with an index made from nothing but the files. */
  MemoryIndex checkRebuilt(VolumeSet set, String where) throws Exception {
    MemoryIndex rebuilt = new MemoryIndex();
    rebuilt.catchUp(set);
    check(set, rebuilt, where);
    return rebuilt;
  }

  static List<Integer> ids(VolumeSet set) {
    return set.volumes().stream().map(VolumeInfo::id).toList();
  }

  static List<Integer> sealed(VolumeSet set) {
    return set.volumes().stream().filter(VolumeInfo::sealed).map(VolumeInfo::id).toList();
  }
}
