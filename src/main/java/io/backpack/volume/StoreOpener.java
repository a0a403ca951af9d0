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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Decides which directories are this node's: locks them, reads whose they are, gives new ones an
 * identity, refuses the others. Sound directories serve although others are refused.
 */
final class StoreOpener {
  /** An empty file of this name says: this directory is meant to be new. */
  static final String NEW_MARK = "backpack.new";

  private static final Logger LOG = LoggerFactory.getLogger(StoreOpener.class);
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final int COOKIE_BYTES = 16;

  /** What is open now. */
  record Opened(
      StoreIdentity identity,
      List<StoreDirectory> directories,
      List<DirectoryLock> locks,
      List<String> refused) {}

  private final VolumeSettings settings;
  private final Disk disk;
  private final DamageReport damage;
  private final Map<Path, DirectoryLock> locks = new LinkedHashMap<>();
  private final Map<Path, DirectoryIdentity> identities = new LinkedHashMap<>();
  private final List<Path> empty = new ArrayList<>();
  private final List<StoreDirectory> directories = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();

  StoreOpener(VolumeSettings settings, Disk disk, DamageReport damage) {
    this.settings = settings;
    this.disk = disk;
    this.damage = damage;
  }

  Opened open() {
    boolean opened = false;
    try {
      settings.dirs().forEach(this::lockAndRead);
      StoreIdentity identity = chooseIdentity();
      welcomeEmpty(identity);
      identities.forEach(this::load);
      if (directories.isEmpty()) {
        throw new BackpackException(
            ErrorCode.STORAGE_FAILED,
            "no directory of node "
                + settings.nodeId()
                + " can serve: "
                + String.join("; ", refused));
      }
      opened = true;
      return new Opened(
          identity, List.copyOf(directories), List.copyOf(locks.values()), List.copyOf(refused));
    } finally {
      if (!opened) {
        directories.forEach(StoreDirectory::abandon);
        locks.values().forEach(StoreOpener::release);
      }
    }
  }

  private void lockAndRead(Path dir) {
    try {
      Files.createDirectories(dir);
      locks.put(dir, DirectoryLock.take(dir));
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
      refuse(dir, e.toString());
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
        throw new BackpackException(
            ErrorCode.STORAGE_FAILED,
            "no directory of node "
                + settings.nodeId()
                + " can serve: "
                + String.join("; ", refused));
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

  /** Gives empty directories an identity, unless one may be the mount point of a missing disk. */
  private void welcomeEmpty(StoreIdentity store) {
    BitSet known = new BitSet();
    identities.values().forEach(each -> known.set(each.ordinal()));
    int highest = identities.values().stream().mapToInt(DirectoryIdentity::highest).max().orElse(0);
    highest = Math.max(highest, known.length() - 1);
    boolean someMissing = known.cardinality() < highest;
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
        refuse(dir, e.toString());
      }
    }
    for (Map.Entry<Path, DirectoryIdentity> each : identities.entrySet()) {
      raiseHighest(each.getKey(), each.getValue(), highest);
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
    if (identity.highest() < highest) {
      try {
        new DirectoryIdentity(identity.store(), identity.ordinal(), highest).write(disk, dir);
      } catch (IOException e) {
        LOG.warn("cannot write the identity of {}: {}", dir, e.getMessage());
      }
    }
  }

  private void load(Path dir, DirectoryIdentity identity) {
    try {
      directories.add(new DirectoryLoader(disk, dir, identity, settings, damage).load());
    } catch (IOException e) {
      refuse(dir, e.getMessage() == null ? e.toString() : e.getMessage());
    }
  }

  private void refuse(Path dir, String why) {
    String line = dir + ": " + why;
    LOG.error("directory refused: {}", line);
    refused.add(line);
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
