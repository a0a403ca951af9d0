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

  static Fault loseZooKeeper(Topology topology, Server server, Random random) {
    int most = topology.servers().size() / 2 + 1;
    List<Proc> lost = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      int next = (server.number() - 1 + i) % topology.servers().size();
      lost.add(topology.servers().get(next).zooKeeper());
    }
    return kill("kill -9 of " + most + " ZooKeepers", lost);
  }

  static Fault kill(Proc proc) {
    return kill("kill -9 of " + proc.name(), List.of(proc));
  }

  private static Fault kill(String what, List<Proc> procs) {
    return Fault.of(
        what, claims(procs), () -> procs.forEach(Proc::kill), () -> procs.forEach(Proc::start));
  }

  static Fault pause(Proc proc) {
    return Fault.of("SIGSTOP of " + proc.name(), claims(List.of(proc)), proc::pause, proc::resume);
  }

  static Set<String> claims(List<Proc> procs) {
    return procs.stream().map(Proc::name).collect(Collectors.toSet());
  }
}
