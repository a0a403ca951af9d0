package io.backpack.cli.volume;

import com.github.freva.asciitable.AsciiTable;
import io.backpack.api.BackpackException;
import io.backpack.cli.CliException;
import io.backpack.cli.HelpOption;
import io.backpack.cli.client.Progress;
import io.backpack.volume.StoreReader;
import io.backpack.volume.VolumeInfo;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
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
      throw new CliException(CliException.FAILED, e.getMessage());
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
  static List<VolumeInfo> choose(StoreReader reader, List<String> named) {
    if (named.isEmpty()) {
      return reader.volumes();
    }
    List<VolumeInfo> chosen = new ArrayList<>();
    for (String name : named) {
      String id = name.startsWith("data_") ? name.substring("data_".length()) : name;
      Optional<VolumeInfo> volume =
          reader.volumes().stream().filter(each -> id(each.id()).equals(id)).findFirst();
      chosen.add(
          volume.orElseThrow(
              () ->
                  new CliException(
                      CliException.NOT_FOUND,
                      "there is no volume " + name + "; 'volume list' shows what there is")));
    }
    return chosen;
  }

  /** A volume's id as people see it. */
  static String id(int volume) {
    return Integer.toUnsignedString(volume);
  }

  final Progress progress(String what, List<VolumeInfo> volumes) {
    long needles = volumes.stream().mapToLong(VolumeInfo::needles).sum();
    long bytes = volumes.stream().mapToLong(VolumeInfo::length).sum();
    return new Progress(spec.commandLine().getErr(), Progress.onTerminal(), what, needles, bytes);
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
