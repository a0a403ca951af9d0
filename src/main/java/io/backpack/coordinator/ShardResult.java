package io.backpack.coordinator;

import io.backpack.api.BackpackException;
import io.backpack.api.PhotoInfo;
import io.backpack.api.Version;
import io.backpack.cluster.Shard;
import io.backpack.coordinator.PutOutcome.Kind;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What became of an upload in one shard.
 *
 * @param nodes of the shard that have an address
 * @param wanted copies
 * @param outcomes of the nodes that were asked
 */
record ShardResult(Shard shard, List<Node> nodes, int wanted, List<PutOutcome> outcomes) {
  ShardResult {
    nodes = List.copyOf(nodes);
    outcomes = List.copyOf(outcomes);
  }

  List<PutOutcome> holders() {
    return outcomes.stream().filter(PutOutcome::holds).toList();
  }

  /** Who has the photo on its disk for certain, which nodes of the original do not promise. */
  List<PutOutcome> durable() {
    return holders().stream().filter(outcome -> !outcome.node().original()).toList();
  }

  /** How many of these nodes promise to keep what they have. */
  long durable(List<String> ids) {
    return nodes.stream().filter(node -> !node.original() && ids.contains(node.id())).count();
  }

  boolean full() {
    return durable().size() >= wanted;
  }

  boolean has(Kind kind) {
    return outcomes.stream().anyMatch(outcome -> outcome.kind() == kind);
  }

  List<PutOutcome> of(Kind kind) {
    return outcomes.stream().filter(outcome -> outcome.kind() == kind).toList();
  }

  Optional<PutOutcome> first(Kind kind) {
    return of(kind).stream().findFirst();
  }

  /**
   * Who refuses the upload for the photo that stands in this shard. A refusal for one of a lower
   * version is none of theirs: that one was replaced, or deleted, before.
   */
  List<PutOutcome> keepers() {
    Version highest =
        of(Kind.CONFLICT).stream()
            .map(ShardResult::inTheWay)
            .max(Comparator.naturalOrder())
            .orElseThrow();
    return of(Kind.CONFLICT).stream().filter(outcome -> inTheWay(outcome).equals(highest)).toList();
  }

  private static Version inTheWay(PutOutcome refused) {
    return refused.failure().version().orElse(Version.NONE);
  }

  /** The highest version of which a node says that it has it damaged, or {@link Version#NONE}. */
  Version damaged() {
    return of(Kind.DAMAGED).stream()
        .map(ShardResult::inTheWay)
        .max(Comparator.naturalOrder())
        .orElse(Version.NONE);
  }

  /** The latest delete whose tombstone gave way to the upload, or {@link Version#NONE}. */
  Version replaced() {
    return holders().stream()
        .flatMap(outcome -> outcome.stored().replaced().stream())
        .max(Comparator.naturalOrder())
        .orElse(Version.NONE);
  }

  /** Whether a node did not say what it has under the name. */
  boolean silent() {
    return outcomes.stream()
        .anyMatch(
            outcome -> outcome.faulty() || outcome.overloaded() || outcome.kind() == Kind.NO_SPACE);
  }

  /** Whether nothing but a lack of room kept it from being stored. */
  boolean outOfSpace() {
    return !outcomes.isEmpty()
        && outcomes.stream().allMatch(outcome -> outcome.kind() == Kind.NO_SPACE);
  }

  /** What the shard settles on: the highest version stored. */
  PhotoInfo winner() {
    return holders().stream()
        .map(outcome -> outcome.stored().info())
        .max(Comparator.comparing(PhotoInfo::version))
        .orElseThrow();
  }

  /** Ids of the nodes that have exactly this version. */
  List<String> holdersOf(Version version) {
    return holders().stream()
        .filter(outcome -> outcome.stored().info().version().equals(version))
        .map(outcome -> outcome.node().id())
        .toList();
  }

  /** Ids of all nodes of the shard, also those without an address, but these. */
  List<String> others(List<String> these) {
    return shard.nodes().stream().filter(id -> !these.contains(id)).toList();
  }

  /** Nodes with an address that were not asked. */
  List<Node> unasked() {
    Set<String> asked =
        outcomes.stream().map(outcome -> outcome.node().id()).collect(Collectors.toSet());
    return nodes.stream().filter(node -> !asked.contains(node.id())).toList();
  }

  /** The highest version that stood in the way. */
  Optional<Version> highestRefusal() {
    return outcomes.stream()
        .map(PutOutcome::failure)
        .filter(failure -> failure != null)
        .map(BackpackException::version)
        .flatMap(Optional::stream)
        .max(Comparator.naturalOrder());
  }
}
