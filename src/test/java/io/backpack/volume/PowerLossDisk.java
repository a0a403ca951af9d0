package io.backpack.volume;

import io.backpack.volume.Fates.Fate;
import io.backpack.volume.Fates.Operation;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A disk whose power can be cut. Files below a root are really written, as the page cache would
 * show them; beside them it is kept what a sync has made certain. {@link #cut} puts the files into
 * one of the states that POSIX allows after a power cut: the content of a file is certain when the
 * file was synced, its name when its directory was; a rename is one step. {@link #restart} only
 * ends the process: all stays as it was seen.
 *
 * <p>It also fails operations as its {@link Fates} say. After a {@link Fate#POWER_CUT} every
 * operation fails until {@link #cut} or {@link #restart}, and whoever has a file open from before
 * then is refused for ever.
 */
final class PowerLossDisk implements Disk {
  private final Path root;
  private final Random random;
  private final Map<Path, UnsyncedNames> directories = new HashMap<>();
  private final Set<Path> certain = new HashSet<>();
  private Fates fates = (operation, file) -> Fate.DONE;
  private boolean off;
  private boolean refused;
  private int life;

  /**
   * @param root exists, and survives everything; directories below it only once they are synced
   * @param random decides what is left to luck
   */
  PowerLossDisk(Path root, Random random) {
    this.root = root;
    this.random = random;
    certain.add(root);
  }

  synchronized void fates(Fates decides) {
    fates = decides;
    refused = false;
  }

  synchronized void heal() {
    fates((operation, file) -> Fate.DONE);
  }

  /** Whether an operation was refused since the fates were told. */
  synchronized boolean failing() {
    return off || refused;
  }

  /** From now on the process that uses the disk has no effect. */
  synchronized void stop() {
    off = true;
  }

  /** Another process: what the last one had opened is closed, and what it did is there. */
  synchronized void restart() {
    life++;
    off = false;
  }

  /** Cuts the power, and turns it on again. */
  synchronized void cut(PowerLoss how) {
    restart();
    try {
      for (Map.Entry<Path, UnsyncedNames> each : Map.copyOf(directories).entrySet()) {
        if (each.getKey().startsWith(root)
            && !certain.contains(each.getKey())
            && how != PowerLoss.KEEP
            && (how == PowerLoss.DROP || random.nextBoolean())) {
          directories.remove(each.getKey());
          Scratch.delete(each.getKey());
        } else {
          cut(each.getKey(), each.getValue(), how);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void cut(Path dir, UnsyncedNames names, PowerLoss how) throws IOException {
    Map<String, UnsyncedFile> before = names.current();
    Map<String, UnsyncedFile> after = names.survive(how, random);
    for (String name : before.keySet()) {
      if (!after.containsKey(name)) {
        Files.delete(dir.resolve(name));
      }
    }
    for (Map.Entry<String, UnsyncedFile> each : after.entrySet()) {
      boolean moved = !each.getValue().equals(before.get(each.getKey()));
      if (moved || each.getValue().atRisk()) {
        Files.write(dir.resolve(each.getKey()), each.getValue().survive(how, random));
      }
    }
  }

  private UnsyncedNames names(Path dir) {
    return directories.computeIfAbsent(dir, missing -> new UnsyncedNames());
  }

  private UnsyncedFile find(Path file) throws IOException {
    UnsyncedNames names = names(file.getParent());
    String name = file.getFileName().toString();
    if (names.find(name).isEmpty()) {
      names.known(name, new UnsyncedFile(Files.readAllBytes(file)));
    }
    return names.find(name).orElseThrow();
  }

  private Fate fate(Operation operation, Path file) throws IOException {
    if (off) {
      throw new IOException("the power is off");
    }
    Fate fate = fates.of(operation, file);
    if (fate == Fate.POWER_CUT) {
      off = true;
    }
    refused |= fate != Fate.DONE;
    return fate;
  }

  /** True when the operation is to be done. */
  private boolean done(Operation operation, Path file) throws IOException {
    Fate fate = fate(operation, file);
    if (fate == Fate.EIO || fate == Fate.FULL) {
      throw failure(fate, operation);
    }
    return fate != Fate.POWER_CUT;
  }

  private static IOException failure(Fate fate, Operation operation) {
    return new IOException(
        fate == Fate.FULL ? "No space left on device" : "told to fail: " + operation);
  }

  private void tell(boolean done) throws IOException {
    if (!done) {
      throw new IOException("the power goes off");
    }
  }

  @Override
  public synchronized VolumeFile create(Path file) throws IOException {
    boolean done = done(Operation.CREATE, file);
    FileChannel channel =
        FileChannel.open(
            file, StandardOpenOption.CREATE_NEW, StandardOpenOption.READ, StandardOpenOption.WRITE);
    UnsyncedFile created = new UnsyncedFile(new byte[0]);
    names(file.getParent()).create(file.getFileName().toString(), created);
    VolumeFile opened = new OpenFile(file, channel, created);
    if (!done) {
      opened.close();
    }
    tell(done);
    return opened;
  }

  @Override
  public synchronized VolumeFile open(Path file) throws IOException {
    refuseWhenOff();
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE);
    return new OpenFile(file, channel, find(file));
  }

  @Override
  public synchronized VolumeFile openForReading(Path file) throws IOException {
    refuseWhenOff();
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    return new OpenFile(file, channel, find(file));
  }

  @Override
  public synchronized VolumeFile openUncached(Path file) throws IOException {
    refuseWhenOff();
    ByteBuffer content = ByteBuffer.wrap(find(file).onDisk());
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    return new OpenFile(file, channel, find(file)) {
      @Override
      int readContent(ByteBuffer into, long position) {
        if (position >= content.limit()) {
          return -1;
        }
        int count = Math.min(into.remaining(), content.limit() - (int) position);
        into.put(content.slice((int) position, count));
        return count;
      }
    };
  }

  private void refuseWhenOff() throws IOException {
    if (off) {
      throw new IOException("the power is off");
    }
  }

  @Override
  public synchronized void replace(Path from, Path to) throws IOException {
    boolean done = done(Operation.REPLACE, to);
    find(from);
    Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    names(to.getParent()).replace(from.getFileName().toString(), to.getFileName().toString());
    tell(done);
  }

  @Override
  public synchronized void delete(Path file) throws IOException {
    boolean done = done(Operation.DELETE, file);
    find(file);
    Files.delete(file);
    names(file.getParent()).delete(file.getFileName().toString());
    tell(done);
  }

  @Override
  public synchronized void syncDirectory(Path dir) throws IOException {
    tell(done(Operation.SYNC_DIRECTORY, dir));
    if (dir.startsWith(root)) {
      names(dir).sync();
      try (Stream<Path> files = Files.list(dir)) {
        files.filter(Files::isDirectory).forEach(certain::add);
      }
    }
  }

  @Override
  public synchronized long usableSpace(Path dir) {
    return fates.full() ? 0 : Long.MAX_VALUE;
  }

  private class OpenFile implements VolumeFile {
    private final Path path;
    private final FileChannel channel;
    private final UnsyncedFile file;
    private final int opened = life;

    OpenFile(Path path, FileChannel channel, UnsyncedFile file) {
      this.path = path;
      this.channel = channel;
      this.file = file;
    }

    private void refuseTheDead() throws IOException {
      if (opened != life) {
        throw new IOException("whoever opened this file is gone");
      }
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      synchronized (PowerLossDisk.this) {
        refuseTheDead();
        tell(done(Operation.READ, path));
        return readContent(into, position);
      }
    }

    int readContent(ByteBuffer into, long position) throws IOException {
      return channel.read(into, position);
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
      synchronized (PowerLossDisk.this) {
        refuseTheDead();
        Fate fate = fate(Operation.WRITE, path);
        if (fate == Fate.EIO || fate == Fate.FULL) {
          throw failure(fate, Operation.WRITE);
        }
        int length = fate == Fate.SHORT ? from.remaining() / 2 : from.remaining();
        file.write(position, from.slice(from.position(), length));
        ByteBuffer now = from.slice(from.position(), length);
        for (long at = position; now.hasRemaining(); ) {
          at += channel.write(now, at);
        }
        from.position(from.position() + length);
        tell(fate != Fate.POWER_CUT);
        return length;
      }
    }

    @Override
    public void force(boolean metadata) throws IOException {
      synchronized (PowerLossDisk.this) {
        refuseTheDead();
        Fate fate = fate(Operation.FORCE, path);
        if (fate == Fate.EIO || fate == Fate.FULL) {
          file.failForce(random);
          throw failure(fate, Operation.FORCE);
        }
        tell(fate != Fate.POWER_CUT);
        file.force();
      }
    }

    @Override
    public long size() throws IOException {
      synchronized (PowerLossDisk.this) {
        refuseTheDead();
        return channel.size();
      }
    }

    @Override
    public void truncate(long size) throws IOException {
      synchronized (PowerLossDisk.this) {
        refuseTheDead();
        boolean done = done(Operation.TRUNCATE, path);
        file.truncate(size);
        channel.truncate(size);
        tell(done);
      }
    }

    @Override
    public void close() throws IOException {
      channel.close();
    }
  }
}
