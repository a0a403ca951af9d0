package io.backpack.storage;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.backpack.volume.VolumeInfo;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StorageStatusTest {
  @Test
  void volumesAreNumberedAsTheirFilesAre() {
    VolumeInfo volume =
        new VolumeInfo(200 << 24 | 5, Path.of("/d"), 64, false, 0, 0, Optional.empty());
    assertEquals(3355443205L, StorageStatus.describe(volume).getLong("id"));
  }
}
