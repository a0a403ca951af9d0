package io.backpack.node.config;

import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.Mark;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * Reads a YAML file. It works on the nodes of the document and not on the objects that YAML would
 * make of them: so every value is the text that was written (a token of digits stays one), and
 * every problem knows its line.
 */
final class YamlSource {
  private static final int MAX_DEPTH = 8;

  private final Path file;
  private final RawConfiguration into;
  private final Set<String> seen = new HashSet<>();

  private YamlSource(Path file, RawConfiguration into) {
    this.file = file;
    this.into = into;
  }

  static void read(Path file, RawConfiguration into) {
    new YamlSource(file, into).read();
  }

  private void read() {
    try {
      String text = Files.readString(file);
      Node root =
          new Yaml(new SafeConstructor(new LoaderOptions())).compose(new StringReader(text));
      if (root instanceof MappingNode mapping) {
        readMapping("", mapping, 1);
      } else if (root != null && !isNull(root)) {
        into.problem(place(root) + ": must hold sections, such as storage: or coordinator:");
      }
    } catch (NoSuchFileException e) {
      into.problem("the file '" + file + "' does not exist");
    } catch (MalformedInputException e) {
      into.problem("the file '" + file + "' is not UTF-8");
    } catch (IOException e) {
      into.problem("the file '" + file + "' cannot be read: " + e.getMessage());
    } catch (MarkedYAMLException e) {
      into.problem(place(e.getProblemMark()) + ": is no YAML: " + e.getProblem());
    } catch (YAMLException e) {
      into.problem("the file '" + file + "' is no YAML: " + e.getMessage());
    }
  }

  private void readMapping(String prefix, MappingNode mapping, int depth) {
    if (depth > MAX_DEPTH) {
      into.problem(place(mapping) + ": is nested too deeply");
      return;
    }
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode name)) {
        into.problem(place(tuple.getKeyNode()) + ": a key must be plain text");
        continue;
      }
      String key = prefix.isEmpty() ? name.getValue() : prefix + "." + name.getValue();
      boolean section = Keys.SECTIONS.containsKey(key);
      if (section) {
        into.section(key);
      }
      if (!seen.add(key)) {
        into.problem(key + ": stands twice (" + place(name) + ")");
      } else if (tuple.getValueNode() instanceof MappingNode inner) {
        readMapping(key, inner, depth + 1);
      } else if (section) {
        readEmptySection(key, tuple.getValueNode());
      } else if (tuple.getValueNode() instanceof SequenceNode sequence) {
        readSequence(key, sequence, depth);
      } else if (tuple.getValueNode() instanceof ScalarNode scalar) {
        readScalar(key, scalar);
      }
    }
  }

  private void readEmptySection(String key, Node value) {
    if (!isNull(value)) {
      into.problem(
          key
              + ": is a section, its keys stand indented in the lines below ("
              + place(value)
              + ")");
    }
  }

  private void readSequence(String key, SequenceNode sequence, int depth) {
    List<String> items = new ArrayList<>();
    for (Node item : sequence.getValue()) {
      if (item instanceof ScalarNode scalar && !isNull(item)) {
        items.add(scalar.getValue());
      } else if (item instanceof MappingNode mapping && key.equals(Keys.INSTANCES)) {
        readMapping(key + "." + sequence.getValue().indexOf(item), mapping, depth + 1);
      } else {
        into.problem(key + ": an item of the list is not plain text (" + place(item) + ")");
      }
    }
    if (!items.isEmpty() || !key.equals(Keys.INSTANCES)) {
      into.put(key, new RawValue(items, true, "file", place(sequence)));
    }
  }

  private void readScalar(String key, ScalarNode scalar) {
    if (isNull(scalar) && Keys.exists(key)) {
      into.problem(
          key + ": has no value, give it one or put a # before it (" + place(scalar) + ")");
    } else {
      into.put(key, RawValue.text(scalar.getValue(), "file", place(scalar)));
    }
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private String place(Node node) {
    return place(node.getStartMark());
  }

  private String place(Mark mark) {
    return file + " line " + (mark.getLine() + 1);
  }
}
