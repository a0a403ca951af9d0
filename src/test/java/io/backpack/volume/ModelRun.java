package io.backpack.volume;

import io.backpack.api.BackpackException;
import io.backpack.api.PhotoName;
import io.backpack.api.Version;
import io.backpack.volume.Fates.Fate;
import io.backpack.volume.Fates.Operation;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A random life of a store, compared with the {@link Truth} as it goes. All is drawn from one seed.
 * Give it few thousand steps at a time: a store grows with them.
 */
final class ModelRun {
  /** What is done in one step; says what it was. */
  @FunctionalInterface
  private interface Step {
    String run() throws Exception;
  }

  private record Weighted(int weight, Step step) {}

  private static final int TRAIL = 30;
  private static final int NAMES = 24;
  private static final int VOLUME_SIZE = 256 << 10;
  private static final List<Operation> OPERATIONS = List.of(Operation.values());
  private static final List<Fate> ERRORS = List.of(Fate.EIO, Fate.FULL, Fate.SHORT);

  private final List<Weighted> table =
      List.of(
          new Weighted(300, this::putNewer),
          new Weighted(60, this::putTogether),
          new Weighted(80, this::delete),
          new Weighted(60, this::putOlder),
          new Weighted(50, this::putAgain),
          new Weighted(20, this::deleteSameVersion),
          new Weighted(400, this::get),
          new Weighted(6, this::roll),
          new Weighted(8, this::restart),
          new Weighted(4, this::kill),
          new Weighted(8, this::powerCut),
          new Weighted(14, this::failOnce),
          new Weighted(4, this::failAtStart),
          new Weighted(4, this::indexFails),
          new Weighted(2, this::indexEmptied),
          new Weighted(3, this::backUpIndex),
          new Weighted(3, this::rollIndexBack),
          new Weighted(10, this::checkAll),
          new Weighted(8, this::compact),
          new Weighted(2, this::compactBesideWrites),
          new Weighted(4, this::compactWithFault),
          new Weighted(4, this::compactAndCrash),
          new Weighted(10, this::scrub));

  private final int weights = table.stream().mapToInt(Weighted::weight).sum();
  private final Random random;
  private final StoreOnTrial store;
  private final List<PhotoName> names = new ArrayList<>();
  private final Deque<String> trail = new ArrayDeque<>();
  private MemoryIndex backup = new MemoryIndex();
  private long version;
  private boolean readFailed;

  ModelRun(Path root, long seed) {
    this.random = new Random(seed);
    this.store = new StoreOnTrial(root, random, VOLUME_SIZE, true);
    for (int i = 0; i < NAMES - 2; i++) {
      names.add(PhotoName.of("photos/" + i + ".jpg"));
    }
    names.add(PhotoName.of("x"));
    names.add(PhotoName.of("y".repeat(PhotoName.MAX_BYTES)));
  }

  /**
   * Runs steps.
   *
   * @throws AssertionError at the first difference, with the last steps
   */
  void run(int steps) throws Exception {
    int step = 0;
    try {
      store.open();
      for (; step < steps; step++) {
        note(step + ": " + draw().run());
      }
      store.close();
      store.index(new MemoryIndex());
      open();
      store.checkAll();
    } catch (AssertionError | Exception e) {
      throw new AssertionError(
          "difference at step " + step + " after\n  " + String.join("\n  ", trail), e);
    } finally {
      store.delete();
    }
  }

  private void note(String what) {
    trail.add(what);
    if (trail.size() > TRAIL) {
      trail.remove();
    }
  }

  private Step draw() {
    int at = random.nextInt(weights);
    for (Weighted each : table) {
      at -= each.weight();
      if (at < 0) {
        return each.step();
      }
    }
    throw new AssertionError("weights do not add up");
  }

  private PhotoName name() {
    return names.get(random.nextInt(names.size()));
  }

  private long newer() {
    version += 1 + random.nextInt(3);
    return version;
  }

  private String write(Needle needle) {
    if (!store.write(needle)) {
      throw new AssertionError("refused although nothing fails: " + describe(needle));
    }
    if (random.nextInt(4) == 0) {
      store.check(needle.name());
    }
    return describe(needle);
  }

  private static String describe(Needle needle) {
    String name = needle.name().toString();
    return (needle.tombstone() ? "delete " : "put ")
        + (name.length() > 20 ? name.substring(0, 20) + "..." : name)
        + " version "
        + needle.version().bits()
        + " generation "
        + needle.generation()
        + ", "
        + needle.data().remaining()
        + " bytes";
  }

  private String putNewer() {
    return write(Truth.photo(name(), newer(), generation()));
  }

  /** Some have been repaired or moved nearly as often as is counted. */
  private int generation() {
    return random.nextInt(10) == 0 ? NeedleEntry.MAX_GENERATION - random.nextInt(3) : 0;
  }

  private String delete() {
    return write(Needle.tombstone(name(), new Version(newer()), true, false));
  }

  /** A copy that comes late. */
  private String putOlder() {
    long older = Math.max(1, version - random.nextInt(200));
    PhotoName name = name();
    return write(
        random.nextInt(4) == 0
            ? Needle.tombstone(name, new Version(older), true, false)
            : Truth.photo(name, older, 0));
  }

  /** A copy that comes twice, or the repair of a damaged one. */
  private String putAgain() {
    PhotoName name = name();
    Optional<Truth.Write> known = store.truth.acknowledged(name);
    if (known.isEmpty()) {
      return "nothing to repeat";
    }
    Truth.Write again = known.get();
    return write(
        again.tombstone()
            ? Needle.tombstone(name, new Version(again.version()), true, false)
            : Truth.photo(name, again.version(), random.nextInt(3)));
  }

  private String deleteSameVersion() {
    PhotoName name = name();
    long same = store.truth.acknowledged(name).map(Truth.Write::version).orElse(1L);
    return write(Needle.tombstone(name, new Version(same), true, false));
  }

  private List<Needle> several() {
    List<Needle> needles = new ArrayList<>();
    int count = 2 + random.nextInt(5);
    for (int i = 0; i < count; i++) {
      needles.add(
          random.nextInt(5) == 0
              ? Needle.tombstone(name(), new Version(newer()), true, false)
              : Truth.photo(name(), newer(), 0));
    }
    return needles;
  }

  private String putTogether() {
    List<Needle> needles = several();
    if (!store.write(needles)) {
      throw new AssertionError("refused although nothing fails");
    }
    return "together: " + needles.stream().map(ModelRun::describe).toList();
  }

  private String get() {
    PhotoName name = name();
    store.check(name);
    return "get " + name.toString().substring(0, Math.min(20, name.toString().length()));
  }

  /** Fills the volume, so that the next write begins another. */
  private String roll() {
    int count = 0;
    int volumes = store.set().volumes().size();
    while (store.set().volumes().size() == volumes) {
      putNewer();
      count++;
    }
    return "roll after " + count;
  }

  private void open() throws Exception {
    store.open();
    settleReads();
    store.checkNoDamage();
    store.checkAll();
  }

  /**
   * What a failing disk would not show is looked at again; a kill may bring back what was noted of
   * it before it was taken back.
   */
  private void settleReads() {
    if (readFailed || !store.set().damage().isEmpty()) {
      store.scrub();
      readFailed = false;
    }
  }

  private String restart() throws Exception {
    store.close();
    open();
    return "restart";
  }

  private String kill() throws Exception {
    store.kill();
    open();
    return "kill";
  }

  private String powerCut() throws Exception {
    PowerLoss how = PowerLoss.any(random);
    boolean during = random.nextBoolean();
    if (during) {
      store.disk.fates(
          new FaultPlan(Operation.CHANGES, 1 + random.nextInt(12), Fate.POWER_CUT, false));
      store.write(several());
    }
    store.powerCut(how);
    store.heal();
    int cutsAtStart = random.nextInt(3);
    for (int i = 0; i < cutsAtStart; i++) {
      int nth = 1 + random.nextInt(10);
      store.disk.fates(new FaultPlan(Operation.CHANGES, nth, Fate.POWER_CUT, false));
      tryOpen();
      store.powerCut(PowerLoss.any(random));
      store.heal();
    }
    open();
    return "power cut"
        + (during ? " during writes: " : ": ")
        + how
        + ", and "
        + cutsAtStart
        + " at the start";
  }

  private void tryOpen() throws Exception {
    try {
      store.open();
    } catch (BackpackException refused) {
      if (!store.disk.failing()) {
        throw refused;
      }
    }
  }

  private FaultPlan fault() {
    return fault(4);
  }

  private FaultPlan fault(int within) {
    Fate fate = ERRORS.get(random.nextInt(ERRORS.size()));
    Set<Operation> operations =
        fate == Fate.SHORT
            ? EnumSet.of(Operation.WRITE)
            : EnumSet.of(OPERATIONS.get(random.nextInt(OPERATIONS.size())));
    return new FaultPlan(operations, 1 + random.nextInt(within), fate, random.nextInt(4) == 0);
  }

  /** Writes and reads while something fails; the next write after that succeeds. */
  private String failOnce() throws Exception {
    FaultPlan plan = fault();
    store.disk.fates(plan);
    boolean written = store.write(Truth.photo(name(), newer(), 0));
    try {
      store.check(name());
    } catch (BackpackException e) {
      if (!plan.fired()) {
        throw e;
      }
    }
    store.heal();
    if (plan.fired()) {
      readFailed = true;
      if (plan.wasFull()) {
        restart(); // It asks for the free space once a second.
      }
      putNewer();
    } else if (!written) {
      throw new AssertionError("refused although nothing failed");
    }
    return "fail: " + plan + (plan.fired() ? "" : " (did not come to it)");
  }

  private String failAtStart() throws Exception {
    FaultPlan plan = fault();
    boolean orderly = random.nextBoolean();
    if (orderly) {
      store.close();
    } else {
      store.kill();
    }
    store.disk.fates(plan);
    tryOpen();
    boolean passedOver = store.running() && !store.set().damage().isEmpty();
    boolean cut = random.nextBoolean();
    if (cut) {
      store.powerCut(PowerLoss.any(random));
    } else {
      store.kill();
    }
    store.heal();
    if (passedOver) {
      store.index().forget(); // As an operator does after reads that failed.
    }
    open();
    return "fail at the start: "
        + plan
        + (orderly ? " after a stop" : " after a kill")
        + (cut ? ", then a power cut" : "");
  }

  private String indexFails() throws Exception {
    store.index().fail(true);
    store.write(several());
    store.index().fail(false);
    if (random.nextBoolean()) {
      store.catchUp();
      store.checkAll();
      return "index fails and catches up";
    }
    store.powerCut(PowerLoss.any(random));
    open();
    return "index fails, then a power cut";
  }

  private String indexEmptied() throws Exception {
    store.index().forget();
    store.catchUp();
    store.checkAll();
    return "index emptied";
  }

  private String backUpIndex() {
    backup = store.index().copy();
    return "index backed up";
  }

  private String rollIndexBack() throws Exception {
    store.index().restore(backup);
    store.catchUp();
    store.checkAll();
    return "index rolled back";
  }

  private String scrub() {
    settleReads();
    List<VolumeInfo> volumes = store.set().volumes();
    if (volumes.isEmpty()) {
      return "nothing to scrub";
    }
    store.scrub(volumes.get(random.nextInt(volumes.size())).id());
    store.checkNoDamage();
    return "scrub";
  }

  /** As the policy says, or any sealed ones. */
  private List<Integer> sources() {
    settleReads();
    if (random.nextInt(3) == 0) {
      store.roll();
    }
    if (random.nextBoolean()) {
      List<CompactionPlan> plans =
          new CompactionPolicy(0.2, VOLUME_SIZE, 2)
              .choose(store.set().volumes(), store.index().deadBytes().join());
      if (!plans.isEmpty()) {
        return plans.get(0).volumes();
      }
    }
    List<Integer> sealed = new ArrayList<>(store.sealed());
    Collections.shuffle(sealed, random);
    return sealed.subList(0, Math.min(sealed.size(), 1 + random.nextInt(4)));
  }

  private Pace pace() {
    int last = random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(4);
    AtomicInteger asked = new AtomicInteger();
    return bytes -> asked.getAndIncrement() < last;
  }

  private String compact() throws Exception {
    List<Integer> sources = sources();
    if (sources.isEmpty()) {
      return "nothing to compact";
    }
    MemoryIndex before = store.index().copy();
    CompactionResult result = store.compact(sources, pace());
    compacted(before);
    return "compact " + sources + ": " + result;
  }

  /** Whatever became of it: all indexes end with the same. */
  private void compacted(MemoryIndex before) throws Exception {
    store.checkAll();
    store.checkSame(before);
    store.checkSame(new MemoryIndex());
  }

  private String compactBesideWrites() throws Exception {
    List<Integer> sources = sources();
    if (sources.isEmpty()) {
      return "nothing to compact";
    }
    MemoryIndex before = store.index().copy();
    CompletableFuture<CompactionResult> result =
        CompletableFuture.supplyAsync(() -> store.compact(sources, Pace.UNLIMITED));
    String written = putTogether() + putTogether();
    Engine.await(result);
    compacted(before);
    return "compact " + sources + " beside " + written;
  }

  private String compactWithFault() throws Exception {
    List<Integer> sources = sources();
    if (sources.isEmpty()) {
      return "nothing to compact";
    }
    MemoryIndex before = store.index().copy();
    FaultPlan plan = fault(30);
    store.disk.fates(plan);
    CompactionResult result = store.compact(sources, Pace.UNLIMITED);
    store.heal();
    readFailed |= plan.fired();
    compacted(before);
    if (plan.wasFull()) {
      restart();
    }
    settleReads();
    List<Integer> left = sources.stream().filter(store.set()::lists).toList();
    if (!left.isEmpty()) {
      store.compact(left, Pace.UNLIMITED);
      compacted(before);
    }
    return "compact " + sources + ", fail: " + plan + ": " + result;
  }

  private String compactAndCrash() throws Exception {
    List<Integer> sources = sources();
    if (sources.isEmpty()) {
      return "nothing to compact";
    }
    MemoryIndex before = store.index().copy();
    store.disk.fates(
        new FaultPlan(Operation.CHANGES, 1 + random.nextInt(40), Fate.POWER_CUT, false));
    store.compact(sources, Pace.UNLIMITED);
    PowerLoss how = PowerLoss.any(random);
    boolean cut = random.nextInt(3) > 0;
    if (cut) {
      store.powerCut(how);
    } else {
      store.kill();
    }
    store.heal();
    open();
    compacted(before);
    return "compact " + sources + " until " + (cut ? "a power cut: " + how : "a kill");
  }

  private String checkAll() {
    store.checkAll();
    return "check all";
  }
}
