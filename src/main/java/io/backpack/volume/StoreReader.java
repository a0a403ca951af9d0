package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The volumes of a node for tools that only read: takes no lock and writes nothing, so it may be
 * used while the node runs. It shows the volumes as they were when it was opened; what is appended
 * later is not seen, and a volume that a compaction removes later can still be read. Safe for use
 * by several threads.
 */
public final class StoreReader implements NeedleLog, Closeable {
  private static final int ATTEMPTS = 10;

  private final Disk disk;
  private final DamageReport damage = new DamageReport();
  private final Map<Integer, Volume> volumes = new TreeMap<>(Integer::compareUnsigned);
  private final List<String> notes = new ArrayList<>();
  private StoreIdentity identity;
  private boolean complete = true;

  private StoreReader(Disk disk) {
    this.disk = disk;
  }

  /**
   * Opens directories of one node, best all of them. Blocks; reads the last needles of a volume
   * that was open when its node ended or is.
   *
   * @throws BackpackException {@link ErrorCode#STORAGE_FAILED} with a line for people when one is
   *     no directory of a node, cannot be read, or belongs to another store than the others
   */
  public static StoreReader open(List<Path> dirs) {
    return open(dirs, new JdkDisk());
  }

  static StoreReader open(List<Path> dirs, Disk disk) {
    StoreReader reader = new StoreReader(disk);
    boolean opened = false;
    try {
      reader.load(dirs);
      opened = true;
      return reader;
    } finally {
      if (!opened) {
        reader.close();
      }
    }
  }

  private void load(List<Path> dirs) {
    Map<Path, DirectoryIdentity> identities = new TreeMap<>();
    dirs.forEach(dir -> identities.put(dir, identify(dir)));
    checkOneStore(identities);
    for (int attempt = 1; ; attempt++) {
      closeVolumes();
      notes.clear();
      boolean steady = true;
      for (Map.Entry<Path, DirectoryIdentity> each : identities.entrySet()) {
        steady &= loadDirectory(each.getKey(), each.getValue());
      }
      // What a compaction removes while others are opened may have gone to one opened before.
      if (steady || attempt == ATTEMPTS) {
        noteMissing(identities.values());
        return;
      }
    }
  }

  private static DirectoryIdentity identify(Path dir) {
    try {
      return DirectoryIdentity.read(dir)
          .orElseThrow(
              () ->
                  failed(
                      dir
                          + " has no "
                          + DirectoryIdentity.FILE
                          + ": it is no directory of a node"));
    } catch (DirectoryIdentity.Unreadable | IOException e) {
      throw failed("cannot read " + dir.resolve(DirectoryIdentity.FILE) + ": " + e.getMessage());
    }
  }

  private void checkOneStore(Map<Path, DirectoryIdentity> identities) {
    Map<Integer, Path> ordinals = new HashMap<>();
    for (Map.Entry<Path, DirectoryIdentity> each : identities.entrySet()) {
      StoreIdentity store = each.getValue().store();
      if (identity == null) {
        identity = store;
      }
      if (!identity.equals(store)) {
        throw failed(
            each.getKey()
                + " belongs to another store (node "
                + store.nodeId()
                + ") than the others (node "
                + identity.nodeId()
                + "): name the directories of one node");
      }
      Path same = ordinals.putIfAbsent(each.getValue().ordinal(), each.getKey());
      if (same != null) {
        throw failed(each.getKey() + " is a copy of " + same + ": name one of them");
      }
    }
  }

  /** Which of the node's directories were not named: photos deleted there look alive here. */
  private void noteMissing(Collection<DirectoryIdentity> given) {
    BitSet ordinals = new BitSet();
    int highest = 0;
    for (DirectoryIdentity each : given) {
      ordinals.set(each.ordinal());
      highest = Math.max(highest, each.highest());
    }
    for (int i = 1; i <= highest; i++) {
      if (!ordinals.get(i)) {
        complete = false;
        notes.add("directory " + i + " of node " + identity.nodeId() + " is not among those named");
      }
    }
  }

  /** Returns false when a volume vanished meanwhile. */
  private boolean loadDirectory(Path dir, DirectoryIdentity owner) {
    try {
      Manifest manifest = manifest(dir, owner);
      boolean steady = true;
      for (ManifestEntry entry : manifest.volumes()) {
        Optional<SharedReader> file = openFile(dir, entry.id());
        if (file.isEmpty() && gone(dir, owner, entry.id())) {
          notes.add(Volume.file(dir, entry.id()) + " was removed while it was opened: skipped");
          steady = false;
          continue;
        }
        adopt(dir, owner, manifest.clean(), entry, file);
      }
      return steady;
    } catch (IOException e) {
      throw failed("cannot read " + dir + ": " + e.getMessage());
    }
  }

  private static Manifest manifest(Path dir, DirectoryIdentity owner) throws IOException {
    Manifest manifest = Manifest.read(dir);
    if (!manifest.cookie().equals(owner.store().cookie())
        || manifest.ordinal() != owner.ordinal()) {
      throw new IOException("manifest and backpack.identity belong to different directories");
    }
    return manifest;
  }

  private Optional<SharedReader> openFile(Path dir, int id) throws IOException {
    try {
      return Optional.of(new SharedReader(disk, Volume.file(dir, id)));
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
  }

  private static boolean gone(Path dir, DirectoryIdentity owner, int id) throws IOException {
    return manifest(dir, owner).volumes().stream().noneMatch(each -> each.id() == id);
  }

  private void adopt(
      Path dir,
      DirectoryIdentity owner,
      boolean clean,
      ManifestEntry entry,
      Optional<SharedReader> file)
      throws IOException {
    Volume volume =
        new Volume(entry.superblock(owner.store().cookie()), dir, file.orElse(null), entry, damage);
    volumes.put(volume.id(), volume);
    boolean asWritten = clean && volume.fileSize() == entry.length();
    if (!entry.sealed() && !asWritten) {
      new UnwrittenEnd(disk, volume, entry.length()).settle();
    }
    if (!volume.lost() && !volume.superblockSound()) {
      String reason = "the superblock is not that of the volume";
      damage.add(new Damage(volume.id(), dir, 0, Superblock.SIZE, reason));
    }
    if (volume.fileSize() < volume.length()) {
      String reason = volume.lost() ? "the file is lost" : "the file was cut";
      long from = volume.fileSize();
      damage.add(new Damage(volume.id(), dir, from, volume.length() - from, reason));
    }
  }

  /** Whose volumes these are. */
  public StoreIdentity identity() {
    return identity;
  }

  /** Every volume, by its id. */
  public List<VolumeInfo> volumes() {
    return volumes.values().stream().map(Volume::info).toList();
  }

  /** What people should know of the opening, a line each; empty as a rule. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  /** The damage found so far; bounded, the first ones stay. */
  public List<Damage> damage() {
    return damage.list();
  }

  @Override
  public List<Extent> extents() {
    return volumes.values().stream()
        .map(each -> new Extent(each.id(), Volume.START, each.length()))
        .filter(each -> each.end() > each.start())
        .toList();
  }

  /** False when not all directories of the node were named. */
  @Override
  public boolean complete() {
    return complete;
  }

  @Override
  public void replay(int volume, long from, Visitor visitor) throws IOException {
    new Replay(disk, volume(volume), from, damage, visitor).run();
  }

  /**
   * Reads the live photos of a volume, as {@link VolumeSet#photos}.
   *
   * @param index tells which are live, as {@link ScratchIndex#of}
   */
  public PhotosRead photos(int volume, NeedleIndex index, Pace pace, PhotoVisitor visitor)
      throws IOException {
    return new LivePhotos(volume(volume), index, damage, visitor).run(pace);
  }

  /**
   * Reads every needle of a volume in the order of the disk and verifies it, dead ones and
   * tombstones too. Blocks.
   *
   * @return false when it was stopped before the end
   * @throws BackpackException {@link ErrorCode#MISSING} when there is no such volume
   */
  public boolean needles(int volume, Pace pace, NeedleVisitor visitor) throws IOException {
    Volume read = volume(volume);
    return new LinearScan(read, pace, new AllNeedles(read, damage, visitor)).run();
  }

  private Volume volume(int id) {
    return Optional.ofNullable(volumes.get(id))
        .orElseThrow(
            () ->
                new BackpackException(
                    ErrorCode.MISSING, "there is no volume " + Integer.toUnsignedString(id)));
  }

  private static BackpackException failed(String message) {
    return new BackpackException(ErrorCode.STORAGE_FAILED, message);
  }

  private void closeVolumes() {
    for (Volume volume : volumes.values()) {
      try {
        volume.close();
      } catch (IOException e) {
        notes.add("closing a volume: " + e.getMessage());
      }
    }
    volumes.clear();
  }

  @Override
  public void close() {
    closeVolumes();
  }
}
