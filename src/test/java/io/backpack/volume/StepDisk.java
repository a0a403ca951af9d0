package io.backpack.volume;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/** The real disk, with something done before each operation: hold it, fail it, take a picture. */
class StepDisk implements Disk {
  enum Step {
    CREATE,
    OPEN,
    OPEN_FOR_READING,
    READ,
    WRITE,
    FORCE,
    TRUNCATE,
    REPLACE,
    DELETE,
    SYNC_DIRECTORY;

    boolean changes() {
      return this != OPEN && this != OPEN_FOR_READING && this != READ;
    }
  }

  @FunctionalInterface
  interface Hook {
    void before(Step step, Path file) throws IOException;
  }

  private final JdkDisk real = new JdkDisk();
  private volatile Hook hook = (step, file) -> {};
  private volatile long usable = Long.MAX_VALUE;

  final void hook(Hook told) {
    hook = told;
  }

  void usable(long bytes) {
    usable = bytes;
  }

  @Override
  public VolumeFile create(Path file) throws IOException {
    hook.before(Step.CREATE, file);
    return new StepFile(file, real.create(file));
  }

  @Override
  public VolumeFile open(Path file) throws IOException {
    hook.before(Step.OPEN, file);
    return new StepFile(file, real.open(file));
  }

  @Override
  public VolumeFile openForReading(Path file) throws IOException {
    hook.before(Step.OPEN_FOR_READING, file);
    return new StepFile(file, real.openForReading(file));
  }

  @Override
  public void replace(Path from, Path to) throws IOException {
    hook.before(Step.REPLACE, to);
    real.replace(from, to);
  }

  @Override
  public void delete(Path file) throws IOException {
    hook.before(Step.DELETE, file);
    real.delete(file);
  }

  @Override
  public void syncDirectory(Path dir) throws IOException {
    hook.before(Step.SYNC_DIRECTORY, dir);
    real.syncDirectory(dir);
  }

  @Override
  public long usableSpace(Path dir) {
    return usable;
  }

  private final class StepFile implements VolumeFile {
    private final Path path;
    private final VolumeFile file;

    StepFile(Path path, VolumeFile file) {
      this.path = path;
      this.file = file;
    }

    @Override
    public int read(ByteBuffer into, long position) throws IOException {
      hook.before(Step.READ, path);
      return file.read(into, position);
    }

    @Override
    public int write(ByteBuffer from, long position) throws IOException {
      hook.before(Step.WRITE, path);
      return file.write(from, position);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      hook.before(Step.FORCE, path);
      file.force(metadata);
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public void truncate(long size) throws IOException {
      hook.before(Step.TRUNCATE, path);
      file.truncate(size);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
