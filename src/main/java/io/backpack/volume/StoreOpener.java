package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which directories are this node's: locks them, reads whose they are, gives new ones an
 * identity, refuses the others. Sound directories serve although others are refused.
 */
final class StoreOpener {
  /** An empty file of this name says: this directory is meant to be new. */
  static final String NEW_MARK = "backpack.new";

  /**
   * An empty file of this name and an ordinal says: that directory of the node is gone for good.
   */
  static final String REMOVED_MARK = "backpack.removed-";

  private static final Logger LOG = LoggerFactory.getLogger(StoreOpener.class);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int COOKIE_BYTES = 16;

  /**
   * What is open now.
   *
   * @param refused a line for each directory that cannot serve
   * @param absent a line for each directory that the node once had, that is none of those given
   *     now, and that nobody said was gone for good
   */
  record Opened(
      StoreIdentity identity,
      List<StoreDirectory> directories,
      List<DirectoryLock> locks,
      List<DirectoryInfo> refused,
      List<String> absent) {}

  private final VolumeSettings settings;
  private final Disk disk;
  private final DamageReport damage;
  private final Map<Path, DirectoryLock> locks = new LinkedHashMap<>();
  private final Map<Path, DirectoryIdentity> identities = new LinkedHashMap<>();
  private final List<Path> empty = new ArrayList<>();
  private final List<StoreDirectory> directories = new ArrayList<>();
  private final Set<Path> readOnly = new HashSet<>();
  private final List<DirectoryInfo> refused = new ArrayList<>();
  private final BitSet removed = new BitSet();

  StoreOpener(VolumeSettings settings, Disk disk, DamageReport damage) {
    this.settings = settings;
    this.disk = disk;
    this.damage = damage;
  }

  Opened open() {
    boolean opened = false;
    try {
      checkApart();
      settings.dirs().forEach(this::lockAndRead);
      StoreIdentity identity = chooseIdentity();
      identities.keySet().forEach(this::readRemoved);
      welcomeEmpty(identity);
      List<String> absent = absent();
      identities.forEach(this::load);
      if (directories.isEmpty()) {
        throw noneServes();
      }
      opened = true;
      return new Opened(
          identity,
          List.copyOf(directories),
          List.copyOf(locks.values()),
          List.copyOf(refused),
          absent);
    } finally {
      if (!opened) {
        directories.forEach(StoreDirectory::abandon);
        locks.values().forEach(StoreOpener::release);
      }
    }
  }

  private BackpackException noneServes() {
    return new BackpackException(
        ErrorCode.STORAGE_FAILED,
        "no directory of node "
            + settings.nodeId()
            + " can serve: "
            + refused.stream().map(StoreOpener::line).collect(Collectors.joining("; ")));
  }

  static String line(DirectoryInfo refused) {
    return refused.dir() + ": " + refused.reason();
  }

  /** A path that is given twice, or lies in another one, is a mistake of who wrote it. */
  private void checkApart() {
    List<Path> real = settings.dirs().stream().map(StoreOpener::real).toList();
    for (int i = 0; i < real.size(); i++) {
      for (int j = 0; j < real.size(); j++) {
        if (i != j && real.get(i).startsWith(real.get(j))) {
          boolean same = real.get(i).equals(real.get(j));
          throw new BackpackException(
              ErrorCode.STORAGE_FAILED,
              "the directory "
                  + settings.dirs().get(i)
                  + (same ? " is the same as " : " lies inside ")
                  + settings.dirs().get(j)
                  + ": give node "
                  + settings.nodeId()
                  + " directories beside each other, each once");
        }
      }
    }
  }

  private static Path real(Path dir) {
    try {
      return dir.toRealPath();
    } catch (IOException e) {
      return dir.toAbsolutePath().normalize();
    }
  }

  private void lockAndRead(Path dir) {
    try {
      if (!Files.isDirectory(dir)) {
        Files.createDirectories(dir);
      }
      lock(dir);
      Optional<DirectoryIdentity> identity = DirectoryIdentity.read(dir);
      if (identity.isPresent()) {
        checkNode(dir, identity.get().store());
        identities.put(dir, identity.get());
      } else if (holdsVolumes(dir)) {
        refuse(dir, "it has volumes but no backpack.identity: restore that file");
      } else {
        empty.add(dir);
      }
    } catch (DirectoryIdentity.Unreadable e) {
      refuse(dir, "backpack.identity: " + e.getMessage() + ", restore that file");
    } catch (IOException e) {
      refuse(dir, DiskErrors.line(e));
    }
  }

  /**
   * A file system that takes no writes takes no lock either, and needs none: there is nobody who
   * could write below the readers. The directory is then read until the node is started again, and
   * not written before, whatever becomes of the mount.
   */
  private void lock(Path dir) throws IOException {
    try {
      locks.put(dir, DirectoryLock.take(dir));
    } catch (IOException e) {
      if (!DiskErrors.readOnly(e, dir)) {
        throw e;
      }
      readOnly.add(dir);
    }
  }

  private void checkNode(Path dir, StoreIdentity found) {
    if (!found.nodeId().equals(settings.nodeId())) {
      throw new BackpackException(
          ErrorCode.STORAGE_FAILED,
          "the directory "
              + dir
              + " belongs to node "
              + found.nodeId()
              + ", this is node "
              + settings.nodeId()
              + ": correct the node's id or its directories");
    }
  }

  private static boolean holdsVolumes(Path dir) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir, "data_*")) {
      return files.iterator().hasNext();
    }
  }

  /** The store that most directories belong to; of equals the one that is named first. */
  private StoreIdentity chooseIdentity() {
    Map<StoreIdentity, Integer> votes = new LinkedHashMap<>();
    identities.values().forEach(each -> votes.merge(each.store(), 1, Integer::sum));
    StoreIdentity chosen = null;
    for (Map.Entry<StoreIdentity, Integer> each : votes.entrySet()) {
      if (chosen == null || each.getValue() > votes.get(chosen)) {
        chosen = each.getKey();
      }
    }
    if (chosen == null) {
      // A refused directory may hold this node's identity: a new one would make it a stranger.
      if (!refused.isEmpty()) {
        throw noneServes();
      }
      byte[] cookie = new byte[COOKIE_BYTES];
      RANDOM.nextBytes(cookie);
      return new StoreIdentity(settings.nodeId(), Bytes.hex(cookie));
    }
    Map<Integer, Path> ordinals = new HashMap<>();
    for (Map.Entry<Path, DirectoryIdentity> each : Map.copyOf(identities).entrySet()) {
      DirectoryIdentity identity = each.getValue();
      if (!identity.store().equals(chosen)) {
        identities.remove(each.getKey());
        refuse(
            each.getKey(),
            "it belongs to another store of node "
                + settings.nodeId()
                + ": take it out, or move"
                + " the others away");
      } else if (ordinals.putIfAbsent(identity.ordinal(), each.getKey()) != null) {
        identities.remove(each.getKey());
        refuse(
            each.getKey(),
            "it is a copy of " + ordinals.get(identity.ordinal()) + ": take one of them out");
      }
    }
    return chosen;
  }

  private void readRemoved(Path dir) {
    try (DirectoryStream<Path> marks = Files.newDirectoryStream(dir, REMOVED_MARK + "*")) {
      for (Path mark : marks) {
        String ordinal = mark.getFileName().toString().substring(REMOVED_MARK.length());
        if (ordinal.matches("[1-9]\\d{0,2}")) {
          removed.set(Integer.parseInt(ordinal));
        } else {
          LOG.warn("{} names no directory, it is ignored", mark);
        }
      }
    } catch (IOException e) {
      LOG.warn("cannot list {}: {}", dir, e.toString());
    }
  }

  /** Highest ordinal that the node is known to have given out. */
  private int highest() {
    return identities.values().stream()
        .mapToInt(each -> Math.max(each.highest(), each.ordinal()))
        .max()
        .orElse(0);
  }

  /** Ordinals of which nobody knows where their directory is. */
  private BitSet absentOrdinals() {
    BitSet absent = new BitSet();
    absent.set(1, highest() + 1);
    identities.values().forEach(each -> absent.clear(each.ordinal()));
    absent.andNot(removed);
    return absent;
  }

  private List<String> absent() {
    List<String> lines = new ArrayList<>();
    for (int ordinal : absentOrdinals().stream().toArray()) {
      String line =
          "directory "
              + ordinal
              + " of node "
              + settings.nodeId()
              + " is not there: name it in storage.dirs, or, if it is gone for good, create the"
              + " empty file "
              + identities.keySet().iterator().next().resolve(REMOVED_MARK + ordinal);
      LOG.warn("{}", line);
      lines.add(line);
    }
    return List.copyOf(lines);
  }

  /** Gives empty directories an identity, unless one may be the mount point of a missing disk. */
  private void welcomeEmpty(StoreIdentity store) {
    int highest = highest();
    boolean someMissing = !absentOrdinals().isEmpty();
    for (Path dir : empty) {
      if (someMissing && !Files.exists(dir.resolve(NEW_MARK))) {
        refuse(
            dir,
            "it is empty, but a directory of this node is missing: mount its disk, or, if the disk"
                + " was replaced, create the empty file "
                + dir.resolve(NEW_MARK));
        continue;
      }
      try {
        if (readOnly.contains(dir)) {
          throw new IOException(
              "it is empty and its file system is read-only: mount it for writing");
        }
        if (highest >= VolumeSettings.MAX_DIRS) {
          throw new IOException("the node has had all the directories it can have");
        }
        syncParents(dir);
        DirectoryIdentity identity = new DirectoryIdentity(store, highest + 1, highest + 1);
        new Manifest(store.cookie(), identity.ordinal(), 0, true, List.of()).write(disk, dir);
        identity.write(disk, dir);
        Files.deleteIfExists(dir.resolve(NEW_MARK));
        highest++;
        identities.put(dir, identity);
        LOG.info("{} is directory {} of node {} now", dir, highest, store.nodeId());
      } catch (IOException e) {
        withdraw(dir);
        refuse(dir, DiskErrors.line(e));
      }
    }
    for (Map.Entry<Path, DirectoryIdentity> each : identities.entrySet()) {
      raiseHighest(each.getKey(), each.getValue(), highest);
    }
  }

  /** Its ordinal goes to another directory: an identity that was all but written must not stay. */
  private void withdraw(Path dir) {
    Path identity = dir.resolve(DirectoryIdentity.FILE);
    try {
      if (Files.exists(identity)) {
        disk.delete(identity);
      }
    } catch (IOException e) {
      LOG.warn("cannot delete the identity of {}: {}", dir, e.toString());
    }
  }

  /** The directory may be as new as its volumes will be, and so may be those that it is in. */
  private void syncParents(Path dir) throws IOException {
    for (Path each = dir.toRealPath().getParent(); each != null; each = each.getParent()) {
      try {
        disk.syncDirectory(each);
      } catch (AccessDeniedException e) {
        LOG.debug("{} cannot be read, so it was not made for this node", each);
      }
    }
  }

  private void raiseHighest(Path dir, DirectoryIdentity identity, int highest) {
    if (identity.highest() < highest && !readOnly.contains(dir)) {
      try {
        new DirectoryIdentity(identity.store(), identity.ordinal(), highest).write(disk, dir);
      } catch (IOException e) {
        LOG.warn("cannot write the identity of {}: {}", dir, e.getMessage());
      }
    }
  }

  private void load(Path dir, DirectoryIdentity identity) {
    try {
      StoreDirectory loaded = load(dir, identity, readOnly.contains(dir));
      if (loaded.readOnly()) {
        LOG.warn("{} is on a file system that takes no writes: it is only read", dir);
      }
      directories.add(loaded);
    } catch (IOException e) {
      refuse(dir, DiskErrors.line(e));
    }
  }

  private StoreDirectory load(Path dir, DirectoryIdentity identity, boolean onlyRead)
      throws IOException {
    try {
      return new DirectoryLoader(disk, dir, identity, settings, damage, onlyRead).load();
    } catch (IOException e) {
      if (onlyRead || !DiskErrors.readOnly(e, dir)) {
        throw e;
      }
      return load(dir, identity, true); // It became so after it was locked.
    }
  }

  private void refuse(Path dir, String why) {
    DirectoryIdentity identity = identities.get(dir);
    DirectoryInfo info = DirectoryInfo.refused(dir, identity == null ? 0 : identity.ordinal(), why);
    LOG.error("directory refused: {}", line(info));
    refused.add(info);
    DirectoryLock lock = locks.remove(dir);
    if (lock != null) {
      release(lock);
    }
  }

  static void release(DirectoryLock lock) {
    try {
      lock.close();
    } catch (IOException e) {
      LOG.debug("releasing a lock: {}", e.getMessage());
    }
  }
}
