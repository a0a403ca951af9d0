package io.backpack.cluster;

import io.backpack.testing.Futures;
import io.vertx.core.Vertx;
import io.vertx.core.net.NetClient;
import io.vertx.core.net.NetServer;
import io.vertx.core.net.NetSocket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A network between a client and a server that can be cut. */
final class TcpProxy {
  private final NetServer server;
  private final Set<NetSocket> open = ConcurrentHashMap.newKeySet();
  private volatile boolean cut;

  TcpProxy(Vertx vertx, int targetPort) {
    NetClient client = vertx.createNetClient();
    server = vertx.createNetServer();
    server.connectHandler(
        near -> {
          if (cut) {
            near.close();
            return;
          }
          near.pause();
          track(near);
          client
              .connect(targetPort, "127.0.0.1")
              .onSuccess(
                  far -> {
                    track(far);
                    near.closeHandler(closed -> far.close());
                    far.closeHandler(closed -> near.close());
                    near.handler(far::write);
                    far.handler(near::write);
                    near.resume();
                  })
              .onFailure(failure -> near.close());
        });
    Futures.await(server.listen(0, "127.0.0.1"));
  }

  private void track(NetSocket socket) {
    open.add(socket);
    socket.exceptionHandler(failure -> socket.close());
  }

  String hosts() {
    return "127.0.0.1:" + server.actualPort();
  }

  /** Breaks every connection and refuses new ones. */
  void cut() {
    cut = true;
    open.forEach(NetSocket::close);
    open.clear();
  }

  void mend() {
    cut = false;
  }

  /** Swallows everything, as a server that froze. */
  void freeze() {
    open.forEach(NetSocket::pause);
  }
}
