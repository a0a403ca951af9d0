package io.backpack.cli.volume;

import com.github.freva.asciitable.AsciiTable;
import io.backpack.api.BackpackException;
import io.backpack.api.ErrorCode;
import io.backpack.cli.CliException;
import io.backpack.cli.HelpOption;
import io.backpack.cli.client.Progress;
import io.backpack.storage.OfflineNode;
import io.backpack.volume.Pace;
import io.backpack.volume.ScratchIndex;
import io.backpack.volume.StoreReader;
import io.backpack.volume.VolumeInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Consumer;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** What all commands on volumes share: whose they are, how they print, how failures end. */
abstract class VolumeTool extends HelpOption implements Callable<Integer> {
  @Mixin private StoreOptions store;
  @Spec private CommandSpec spec;

  @Override
  public final Integer call() {
    try {
      return execute(store);
    } catch (BackpackException e) {
      boolean unknown = e.code() == ErrorCode.NOT_FOUND;
      throw new CliException(
          unknown ? CliException.NOT_FOUND : CliException.FAILED, e.getMessage());
    } catch (IOException e) {
      throw new CliException(CliException.FAILED, e.toString());
    }
  }

  /**
   * Does it.
   *
   * @return the exit code
   */
  abstract int execute(StoreOptions options) throws IOException;

  /**
   * Whether a running node is to be asked.
   *
   * @throws CliException when directories are named as well
   */
  final boolean remote(RemoteOptions remote) {
    if (remote.given() && store.given()) {
      throw new CliException(
          CliException.USAGE, "--url is instead of --dir, --data and --config, not with them");
    }
    return remote.given();
  }

  /** The volumes for reading; what people should know of them is on standard error. */
  final StoreReader open(StoreOptions options) {
    StoreReader reader = StoreReader.open(options.dirs());
    reader.notes().forEach(this::warn);
    return reader;
  }

  /**
   * The volumes that were named on the command line, all without a name.
   *
   * @throws CliException with {@link CliException#NOT_FOUND} when one does not exist
   */
  static List<VolumeInfo> choose(List<VolumeInfo> all, List<String> named) {
    if (named.isEmpty()) {
      return all;
    }
    List<VolumeInfo> chosen = new ArrayList<>();
    for (String name : named) {
      String id = VolumeIds.plain(name);
      chosen.add(
          all.stream()
              .filter(each -> VolumeIds.text(each.id()).equals(id))
              .findFirst()
              .orElseThrow(() -> VolumeIds.unknown(name)));
    }
    return chosen;
  }

  /** What is live by the index logs, which may take a while. */
  final ScratchIndex scratchIndex(StoreReader reader) throws IOException {
    long bytes = reader.volumes().stream().mapToLong(VolumeInfo::length).sum();
    try (Progress progress = progress("index logs", bytes)) {
      return ScratchIndex.of(reader, new Steps(progress));
    }
  }

  /** Each step of the work is progress. */
  private static final class Steps implements Pace {
    private final Progress progress;
    private long done;

    Steps(Progress progress) {
      this.progress = progress;
    }

    @Override
    public boolean proceed(long bytes) {
      done += bytes;
      progress.at(done);
      return true;
    }
  }

  /** Says how far the index of a node is that is still catching up. */
  final Consumer<OfflineNode> catchUp() {
    CatchUp catchUp = new CatchUp(this::warn);
    return node -> catchUp.look(node.indexStats());
  }

  /** Of bytes; on a terminal, and where it takes long. */
  final Progress progress(String what, long bytes) {
    return progress(what, Progress.UNKNOWN, bytes);
  }

  final Progress progress(String what, long photos, long bytes) {
    return new Progress(spec.commandLine().getErr(), Progress.onTerminal(), what, photos, bytes);
  }

  final Progress progress(String what, List<VolumeInfo> volumes) {
    long needles = volumes.stream().mapToLong(VolumeInfo::needles).sum();
    long bytes = volumes.stream().mapToLong(VolumeInfo::length).sum();
    return progress(what, needles, bytes);
  }

  final void table(String[] columns, List<Object[]> rows) {
    print(
        AsciiTable.getTable(
            AsciiTable.BASIC_ASCII_NO_DATA_SEPARATORS_NO_OUTSIDE_BORDER,
            columns,
            null,
            rows.toArray(new Object[0][])));
  }

  /** A line on standard output. */
  final void print(String line) {
    spec.commandLine().getOut().println(line);
    spec.commandLine().getOut().flush();
  }

  /** A line on standard error. */
  final void warn(String line) {
    spec.commandLine().getErr().println(spec.qualifiedName() + ": " + line);
    spec.commandLine().getErr().flush();
  }
}
