package io.backpack.node.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The shipped files are in step with the keys. {@code -Dreference.write=true} writes what is
 * generated of them.
 */
class ReferenceTest {
  private static final Path YAML = Path.of("conf/backpack.yaml");
  private static final Path MARKDOWN = Path.of("docs/configuration.md");
  private static final String BEGIN = "<!-- keys: made from the source, see ReferenceTest -->\n";
  private static final String END = "<!-- end of keys -->\n";

  private static void check(Path file, String expected) throws IOException {
    if (Boolean.getBoolean("reference.write")) {
      Files.writeString(file, expected);
    }
    assertEquals(
        expected,
        Files.readString(file),
        () -> file + " is not in step; write it with -Dtest=ReferenceTest -Dreference.write=true");
  }

  @Test
  void theFileWithEveryKey() throws IOException {
    check(YAML, Reference.yaml());
  }

  @Test
  void theTablesOfTheDocumentation() throws IOException {
    String text = Files.readString(MARKDOWN);
    int begin = text.indexOf(BEGIN) + BEGIN.length();
    int end = text.indexOf(END);
    assertTrue(begin >= BEGIN.length() && end >= begin, "the marks of the tables are gone");
    check(MARKDOWN, text.substring(0, begin) + Reference.markdown() + "\n" + text.substring(end));
  }

  /** With every comment taken away the file says the defaults, so each of them is a right value. */
  @Test
  void everyCommentedDefaultIsRight() throws IOException {
    StringBuilder all = new StringBuilder();
    for (String line : Reference.yaml().lines().toList()) {
      boolean key = line.matches(" {2}#[a-z-]+: .*");
      if (!line.strip().startsWith("#") || key) {
        all.append(key ? line.replaceFirst("#", "") : line).append('\n');
      }
    }
    Path file = Files.createTempFile("all", ".yaml");
    try {
      Files.writeString(file, all.toString());
      Configuration configuration =
          Configuration.load(Optional.of(file), Map.of(), List.of("http.admin-port=0"));
      List<String> problems =
          assertThrows(ConfigurationException.class, configuration::toNodeConfiguration).problems();
      assertEquals(1, problems.size(), problems::toString);
      assertTrue(
          problems.get(0).startsWith("http.admin-port: this process has"), problems::toString);
    } finally {
      Files.delete(file);
    }
  }

  @Test
  void keysAreDistinctAlsoAsVariables() {
    TreeSet<String> variables = new TreeSet<>(EnvironmentSource.OTHERS);
    for (Key<?> key : Keys.ALL) {
      assertTrue(variables.add(key.environmentName()), key.name());
      assertTrue(!key.name().endsWith("-file"), key.name());
      assertTrue(Keys.SECTIONS.containsKey(key.section()), key.name());
      key.defaultText()
          .map(RawValue::byDefault)
          .ifPresent(value -> assertNotNull(key.type().parser().apply(value.asItemsOf(key))));
    }
  }

  static Stream<Path> shipped() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("conf"))) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("shipped")
  void everyShippedFileIsRight(Path file) {
    Map<String, String> environment =
        file.startsWith("conf/three-servers")
            ? Map.of("BACKPACK_HTTP_WRITE_TOKEN", "a-token-for-this-test")
            : Map.of();
    Configuration.load(Optional.of(file), environment, List.of()).toNodeConfiguration();
  }
}
