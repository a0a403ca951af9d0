package io.backpack.volume;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.backpack.api.ErrorCode;
import io.backpack.api.Version;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a set knows of damage, and remembers over a restart. */
class DamageFileTest {
  private static final String FIRST = "ein Käfer 🐞.jpg";

  @TempDir Path temp;
  private final MemoryIndex index = new MemoryIndex();
  private Path dir;
  private Location first;
  private Location second;

  @BeforeEach
  void fill() {
    dir = temp.resolve("store");
    try (VolumeSet set = Engine.open(dir, index)) {
      first = Engine.put(set, FIRST, 1, Engine.bytes(500, 1)).location();
      second = Engine.put(set, "second", 2, Engine.bytes(500, 2)).location();
    }
  }

  private Path file() {
    return dir.resolve(DamageFile.FILE);
  }

  private void damage(Location location, int at) {
    Engine.flip(Engine.dataFile(dir, location), location.offset() + at);
  }

  @Test
  void isKnownAfterARestartUntilTheNeedleReadsWellAgain() {
    damage(first, 200);
    Damage found;
    try (VolumeSet set = Engine.open(dir, index)) {
      assertFalse(set.damaged(first));
      Engine.failure(ErrorCode.DAMAGED, () -> set.read(first));
      assertTrue(set.damaged(first));
      assertFalse(set.damaged(second));
      found = set.damage().get(0);
      assertEquals(Optional.of(Engine.name(FIRST)), found.name());
      assertEquals(new Version(1), found.version());
    }
    try (VolumeSet set = Engine.open(dir, index)) {
      assertEquals(List.of(found), set.damage());
      damage(first, 200);
      assertArrayEquals(Engine.bytes(500, 1), Engine.read(set, first));
      assertFalse(set.damaged(first));
      assertEquals(0, set.damageCount());
    }
    try (VolumeSet set = Engine.open(dir, index)) {
      assertEquals(List.of(), set.damage());
    }
  }

  @Test
  void aNeedleWithoutAHeaderIsNamedByItsReader() {
    damage(second, 9);
    try (VolumeSet set = Engine.open(dir, index)) {
      Engine.failure(ErrorCode.DAMAGED, () -> set.openNeedle(second));
      assertEquals(Optional.empty(), set.damage().get(0).name());
      set.nameDamaged(first, Engine.name("none"), new Version(9));
      set.nameDamaged(second, Engine.name("second"), new Version(2));
      set.nameDamaged(second, Engine.name("another"), new Version(3));
    }
    try (VolumeSet set = Engine.open(dir, index)) {
      assertEquals(1, set.damageCount());
      assertEquals(Optional.of(Engine.name("second")), set.damage().get(0).name());
      assertEquals(new Version(2), set.damage().get(0).version());
      set.resolved(second);
      assertEquals(0, set.damageCount());
    }
  }

  @Test
  void isWrittenWhileTheSetIsOpen() {
    damage(first, 200);
    try (VolumeSet set = Engine.open(dir, index)) {
      Engine.failure(ErrorCode.DAMAGED, () -> set.read(first));
      Awaitility.await().atMost(Duration.ofSeconds(20)).until(() -> Files.exists(file()));
      try (VolumeSet crashed = Engine.open(Engine.crash(dir, temp.resolve("crash")), index)) {
        assertTrue(crashed.damaged(first));
      }
    }
  }

  @Test
  void linesThatMakeNoSenseArePassedOver() throws IOException {
    damage(first, 200);
    try (VolumeSet set = Engine.open(dir, index)) {
      Engine.failure(ErrorCode.DAMAGED, () -> set.read(first));
    }
    String volume = Integer.toUnsignedString(first.volume());
    String since = "\t2026-01-01T00:00:00Z\t";
    Files.write(
        file(),
        ("\nx\n\t\t\t\t\t\t\n"
                + (volume + "\t64\t-8\t-" + since + "-\treason\n")
                + (volume + "\t63\t8\t-" + since + "-\treason\n")
                + (volume + "\t64\t8\t-" + since + "../name\treason\n")
                + (volume + "\t9999992\t8\t-" + since + "-\tbehind the end\n")
                + ("7\t64\t8\t-" + since + "-\tof no volume\n"))
            .getBytes(StandardCharsets.UTF_8),
        StandardOpenOption.APPEND);
    Files.write(file(), new byte[] {(byte) 0xff, 0, 9, 10, 13}, StandardOpenOption.APPEND);
    try (VolumeSet set = Engine.open(dir, index)) {
      assertEquals(1, set.damage().size(), () -> set.damage().toString());
      assertTrue(set.damaged(first));
    }
  }

  @Test
  void aDiskThatRefusesItCostsTheMemoryOnly() {
    damage(first, 200);
    FaultyDisk disk = new FaultyDisk();
    disk.failAlways(FaultyDisk.Operation.CREATE, path -> path.toString().contains(DamageFile.FILE));
    try (VolumeSet set = VolumeSet.open(Engine.settings(dir), index, disk)) {
      Engine.failure(ErrorCode.DAMAGED, () -> set.read(first));
      Engine.put(set, "third", 3, Engine.bytes(10, 3));
    }
    assertFalse(Files.exists(file()));
    try (VolumeSet set = Engine.open(dir, index)) {
      assertEquals(0, set.damageCount());
      assertArrayEquals(Engine.bytes(500, 2), Engine.read(set, second));
    }
  }

  @Test
  void beyondItsBoundDamageIsCounted() {
    DamageReport report = new DamageReport();
    int more = 5;
    for (int i = 0; i < DamageReport.MAX_STRETCHES + more; i++) {
      report.add(new Damage(1, temp, 64 + 8L * i, 8, "a gap"));
    }
    assertEquals(DamageReport.MAX_STRETCHES, report.list().size());
    assertEquals(DamageReport.MAX_STRETCHES + more, report.count());
    assertTrue(report.damaged(new Location(1, 64, 80)));
    assertFalse(report.damaged(new Location(2, 64, 80)));
    report.retain(volume -> volume != 1);
    assertEquals(List.of(), report.list());
  }
}
