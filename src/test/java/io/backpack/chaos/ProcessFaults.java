package io.backpack.chaos;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;

/** Processes that die or hang. */
final class ProcessFaults {
  private ProcessFaults() {}

  static Fault killBackpack(Topology topology, Server server, Random random) {
    return kill(server.backpack());
  }

  static Fault pauseBackpack(Topology topology, Server server, Random random) {
    return pause(server.backpack());
  }

  static Fault killZooKeeper(Topology topology, Server server, Random random) {
    return kill(server.zooKeeper());
  }

  static Fault pauseZooKeeper(Topology topology, Server server, Random random) {
    return pause(server.zooKeeper());
  }

  static Fault killMachine(Topology topology, Server server, Random random) {
    return kill("kill -9 of all of server " + server.number(), server.all());
  }

  static Fault pauseMachine(Topology topology, Server server, Random random) {
    return pause("SIGSTOP of all of server " + server.number(), server.all());
  }

  static Fault blackout(Topology topology, Server server, Random random) {
    return kill(
        "kill -9 of everything",
        topology.servers().stream().flatMap(each -> each.all().stream()).toList());
  }

  static Fault loseZooKeeper(Topology topology, Server server, Random random) {
    List<Proc> most = mostZooKeepers(topology, server);
    return kill("kill -9 of " + most.size() + " ZooKeepers", most);
  }

  static Fault hangZooKeeper(Topology topology, Server server, Random random) {
    List<Proc> most = mostZooKeepers(topology, server);
    return pause("SIGSTOP of " + most.size() + " ZooKeepers", most);
  }

  private static List<Proc> mostZooKeepers(Topology topology, Server server) {
    int most = topology.servers().size() / 2 + 1;
    List<Proc> lost = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      int next = (server.number() - 1 + i) % topology.servers().size();
      lost.add(topology.servers().get(next).zooKeeper());
    }
    return lost;
  }

  static Fault kill(Proc proc) {
    return kill("kill -9 of " + proc.name(), List.of(proc));
  }

  static Fault kill(String what, List<Proc> procs) {
    return Fault.of(
        what, claims(procs), () -> procs.forEach(Proc::kill), () -> procs.forEach(Proc::start));
  }

  static Fault pause(Proc proc) {
    return pause("SIGSTOP of " + proc.name(), List.of(proc));
  }

  private static Fault pause(String what, List<Proc> procs) {
    return Fault.of(
        what, claims(procs), () -> procs.forEach(Proc::pause), () -> procs.forEach(Proc::resume));
  }

  static Set<String> claims(List<Proc> procs) {
    return procs.stream().map(Proc::name).collect(Collectors.toSet());
  }
}
