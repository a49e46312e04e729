// weir_fake_node [LISTEN [ADMIN]]: the real listeners over a node in memory.
// For runs by hand against the network layer alone.

#include "net/server.hpp"
#include "support/fake_gateway.hpp"

#include <csignal>
#include <iostream>

int main(int argc, char** argv) {
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGINT);
  sigaddset(&ends, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  weir::testing::fake_gateway door;
  weir::telemetry::metrics_registry metrics;
  weir::net::server_options options;
  options.listen = argc > 1 ? argv[1] : "127.0.0.1:0";
  options.admin_listen = argc > 2 ? argv[2] : "127.0.0.1:0";
  for (int i = 3; i < argc; ++i)
    options.tokens.push_back({"t" + std::to_string(i), argv[i]});
  auto served = weir::net::server::start(std::move(options), door, metrics);
  if (!served) {
    std::cerr << served.error().detail << '\n';
    return 2;
  }
  std::cout << "listening on " << (*served)->endpoints().listen << ", admin on " << (*served)->endpoints().admin
            << std::endl;
  int received = 0;
  sigwait(&ends, &received);
  (*served)->drain(std::chrono::seconds{2});
  return 0;
}
