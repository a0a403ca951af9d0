package io.backpack.bus;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.syntax.ArchRuleDefinition;

/** An application that uses the client needs the thin jar and vertx-core, nothing else. */
@AnalyzeClasses(packages = "io.backpack", importOptions = ImportOption.DoNotIncludeTests.class)
class ThinClientTest {
  @ArchTest
  static final ArchRule THE_CLIENT_NEEDS_VERTX_CORE_ONLY =
      ArchRuleDefinition.classes()
          .that()
          .belongToAnyOf(
              BackpackClient.class,
              ClientOptions.class,
              BusProtocol.class,
              BusRequest.class,
              BusSettings.class)
          .should()
          .onlyDependOnClassesThat(
              JavaClass.Predicates.resideInAnyPackage(
                      "java..", "io.vertx.core..", "io.backpack.api..")
                  .or(
                      JavaClass.Predicates.belongToAnyOf(
                          BackpackClient.class,
                          ClientOptions.class,
                          BusProtocol.class,
                          BusRequest.class,
                          BusSettings.class)));

  /** The bytes of Vert.x' buffers are Netty's, which comes with it. */
  @ArchTest
  static final ArchRule THE_API_NEEDS_VERTX_CORE_ONLY =
      ArchRuleDefinition.classes()
          .that()
          .resideInAPackage("io.backpack.api..")
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              "java..", "io.vertx.core..", "io.netty.buffer..", "io.backpack.api..");
}
