package io.backpack.chaos;

import io.backpack.chaos.Http.Answer;
import java.util.List;

/** Reads from the nodes of a shard in turn by the rules of {@code conf/nginx/frontend.conf}. */
final class FallThrough {
  /**
   * What a reader behind nginx is told.
   *
   * @param denied nodes that said 404
   */
  record Result(Answer answer, int denied) {}

  private FallThrough() {}

  /**
   * @param first which node is asked first
   */
  static Result read(Http http, List<Topology.Node> nodes, String name, int first) {
    int denied = 0;
    Answer last = Answer.NONE;
    for (int i = 0; i < nodes.size(); i++) {
      Topology.Node node = nodes.get((first + i) % nodes.size());
      last = http.getFromNode(node.url() + "/" + name);
      if (last.status() == 404) {
        denied++;
      } else if (last.status() != 0 && last.status() < 500) {
        return new Result(last, denied);
      }
    }
    // 404 only when every node said so: one that failed may have it.
    int status = denied == nodes.size() ? 404 : last.status() == 502 ? 502 : 503;
    return new Result(new Answer(status, new byte[0], 0, ""), denied);
  }
}
