package io.backpack;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Imports point one way: cli, node, roles, adapters, then what all of them speak. */
@AnalyzeClasses(packages = "io.backpack", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule LAYERS =
      layeredArchitecture()
          .consideringOnlyDependenciesInLayers()
          .layer("cli")
          .definedBy("io.backpack.cli..")
          .layer("node")
          .definedBy("io.backpack.node..")
          .layer("roles")
          .definedBy(
              "io.backpack.storage..",
              "io.backpack.coordinator..",
              "io.backpack.replicator..",
              "io.backpack.repair..")
          .layer("adapters")
          .definedBy(
              "io.backpack.http..",
              "io.backpack.bus..",
              "io.backpack.index..",
              "io.backpack.queue..",
              "io.backpack.cluster..",
              "io.backpack.archive..",
              "io.backpack.copy..")
          .layer("engine")
          .definedBy("io.backpack.volume..")
          .layer("posix")
          .definedBy("io.backpack.posix..")
          .layer("metrics")
          .definedBy("io.backpack.metrics..")
          .layer("redis")
          .definedBy("io.backpack.redis..")
          .layer("api")
          .definedBy("io.backpack.api..")
          .withOptionalLayers(true)
          .whereLayer("cli")
          .mayNotBeAccessedByAnyLayer()
          .whereLayer("node")
          .mayOnlyBeAccessedByLayers("cli")
          .whereLayer("roles")
          .mayOnlyBeAccessedByLayers("node", "cli")
          .whereLayer("adapters")
          .mayOnlyBeAccessedByLayers("roles", "node", "cli")
          .whereLayer("redis")
          .mayOnlyBeAccessedByLayers("adapters")
          .whereLayer("posix")
          .mayOnlyBeAccessedByLayers("engine")
          .whereLayer("posix")
          .mayNotAccessAnyLayer()
          .whereLayer("api")
          .mayNotAccessAnyLayer();

  @ArchTest
  static final ArchRule ROLES_AND_ADAPTERS_DO_NOT_KNOW_EACH_OTHER =
      slices()
          .matching(
              "io.backpack.(storage|coordinator|replicator|repair|http|bus|index|queue|cluster|archive|copy)..")
          .should()
          .notDependOnEachOther()
          .ignoreDependency(
              resideInAPackage("io.backpack.(storage|coordinator|replicator|repair).."),
              resideInAPackage("io.backpack.(http|bus|index|queue|cluster|archive|copy).."));

  @ArchTest
  static final ArchRule THE_ENGINE_IS_JDK_ONLY =
      classes()
          .that()
          .resideInAPackage("io.backpack.volume..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "io.backpack.volume..",
              "io.backpack.api..",
              "io.backpack.posix..",
              "java..",
              "com.sun.nio.file", // Of the JDK too: reads past the page cache.
              "org.slf4j..");

  @ArchTest
  static final ArchRule THE_ENGINE_SERVES_STORAGE_AND_INDEX_ONLY =
      noClasses()
          .that()
          .resideInAnyPackage(
              "io.backpack.coordinator..",
              "io.backpack.replicator..",
              "io.backpack.repair..",
              "io.backpack.copy..",
              "io.backpack.http..",
              "io.backpack.bus..",
              "io.backpack.queue..",
              "io.backpack.cluster..",
              "io.backpack.metrics..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.backpack.volume..");

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("io.backpack.(*)..").should().beFreeOfCycles();
}
