package io.backpack.chaos;

import java.util.ArrayList;
import java.util.List;

/**
 * The network namespace of one server: its own loopback interface and one link to the bridge that
 * joins the servers and the clients. What is lost on the way is said with nftables, what is slow
 * with a token bucket, both inside the namespace.
 */
final class Netns {
  /** Which way packets of a server are lost. */
  enum Way {
    IN,
    OUT
  }

  static final String CLIENTS = "10.0.0.254";
  private static final String PREFIX = "10.0.0.";
  private static final String BRIDGE = "bridge";

  private final String name;
  private final String address;

  private Netns(String name, String address) {
    this.name = name;
    this.address = address;
  }

  /** Makes the bridge, once in a sandbox. */
  static void makeBridge() {
    Shell.run("mkdir", "-p", "/run/netns");
    Shell.run("mount", "-t", "tmpfs", "none", "/run/netns");
    Shell.run("ip", "link", "set", "lo", "up");
    Shell.run("ip", "link", "add", BRIDGE, "type", "bridge");
    Shell.run("ip", "address", "add", CLIENTS + "/24", "dev", BRIDGE);
    Shell.run("ip", "link", "set", BRIDGE, "up");
  }

  static String addressOf(int server) {
    return PREFIX + server;
  }

  static Netns make(int server) {
    Netns made = new Netns("server-" + server, addressOf(server));
    Shell.run("ip", "netns", "add", made.name);
    Shell.run(
        "ip", "link", "add", made.name, "type", "veth", "peer", "name", "eth0", "netns", made.name);
    Shell.run("ip", "link", "set", made.name, "master", BRIDGE, "up");
    Shell.run("ip", "-n", made.name, "link", "set", "lo", "up");
    Shell.run("ip", "-n", made.name, "address", "add", made.address + "/24", "dev", "eth0");
    Shell.run("ip", "-n", made.name, "link", "set", "eth0", "up");
    return made;
  }

  String address() {
    return address;
  }

  /**
   * The command, run inside. Not by {@code ip netns exec}, which makes a mount namespace as well:
   * disks that are mounted later would not be seen there.
   */
  List<String> inside(List<String> command) {
    List<String> all = new ArrayList<>(List.of("nsenter", "--net=/run/netns/" + name));
    all.addAll(command);
    return all;
  }

  /**
   * Loses packets from now on. What a server sends to itself does not go over the network.
   *
   * @param rules name of this loss, for {@link #restore}
   * @param match of nftables, in terms of the peer's address; empty for all
   * @param percent of the packets
   */
  void lose(String rules, List<Way> ways, String match, int percent) {
    StringBuilder text = new StringBuilder("table ip " + rules + " {\n");
    for (Way way : ways) {
      String own = way == Way.IN ? "iifname \"lo\"" : "oifname \"lo\"";
      String peer = match.replace("peer", way == Way.IN ? "ip saddr" : "ip daddr");
      String part = percent == 100 ? "" : "numgen random mod 100 < " + percent;
      text.append(chain(way, own + " accept\n" + peer + " " + part + " drop"));
    }
    load(text.append("}\n").toString());
  }

  /** Loses all that goes to a port, of this server as well, until {@link #restore}. */
  void losePort(String rules, int port) {
    load("table ip " + rules + " {\n" + chain(Way.OUT, "tcp dport " + port + " drop") + "}\n");
  }

  private static String chain(Way way, String body) {
    String hook = way == Way.IN ? "input" : "output";
    return "chain %s {\ntype filter hook %s priority 0;\n%s\n}\n".formatted(hook, hook, body);
  }

  private void load(String text) {
    Shell.run(inside(List.of("nft", "-f", "-")), text);
  }

  /** Ends a loss. */
  void restore(String rules) {
    Shell.run(inside(List.of("nft", "delete", "table", "ip", rules)), "");
  }

  /** Lets so little through, both ways, that it queues: {@code 2mbit}. */
  void narrow(String rate) {
    List<String> bucket = List.of("root", "tbf", "rate", rate, "burst", "16kb", "limit", "200kb");
    Shell.run(discipline("add", name, bucket), "");
    Shell.run(inside(discipline("add", "eth0", bucket)), "");
  }

  void widen() {
    Shell.run(discipline("del", name, List.of("root")), "");
    Shell.run(inside(discipline("del", "eth0", List.of("root"))), "");
  }

  private static List<String> discipline(String action, String device, List<String> words) {
    List<String> command = new ArrayList<>(List.of("tc", "qdisc", action, "dev", device));
    command.addAll(words);
    return command;
  }
}
