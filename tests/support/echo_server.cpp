// weir_echo [ADDRESS]: answers every WebSocket message on /echo with itself,
// on the session code of the node. For conformance runs.

#include "net/listener.hpp"
#include "support/fake_gateway.hpp"

#include <iostream>

namespace {

using namespace weir;

constexpr std::size_t echo_limit = std::size_t{16} << 20;

class echo : public net::client_protocol {
public:
  void opened(net::client_port& port, net::steady_time) override {
    port_ = &port;
  }
  void received(std::string_view message, bool binary) override {
    port_->send({std::string{message}, nullptr, {}, binary, 0});
  }
  void heard(net::steady_time) override {
    // nop
  }
  void too_large() override {
    port_->close(1009, "too large", false);
  }
  void written(std::size_t) override {
    // nop
  }
  std::chrono::milliseconds tick(net::steady_time) override {
    return std::chrono::seconds{1};
  }
  void drain(std::chrono::milliseconds) override {
    port_->close(1001, {}, true);
  }
  void closed() override {
    port_ = nullptr;
  }

private:
  net::client_port* port_ = nullptr;
};

} // namespace

int main(int argc, char** argv) {
  testing::fake_gateway door;
  net::route_services services{net::server_options{}, door};
  services.now = [] { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); };
  auto context = std::make_shared<net::listener_context>();
  context->name = "echo";
  context->services = &services;
  context->connections =
      std::make_shared<net::connection_registry>(net::connection_registry::limits{1000, 1000, false});
  context->routes.add({"GET", "/echo", {}, net::route_access::open, net::route_kind::websocket});
  context->websocket = [](const net::http_request&) -> result<net::websocket_plan> {
    return net::websocket_plan{std::make_shared<echo>(), "", echo_limit};
  };
  net::io_loops loops;
  loops.push_back(std::make_unique<net::io_loop>());
  auto at = net::listener::open(loops, argc > 1 ? argv[1] : "127.0.0.1:0", true);
  if (!at) {
    std::cerr << at.error().detail << '\n';
    return 2;
  }
  std::cout << "listening on " << (*at)->endpoint() << std::endl;
  (*at)->start(context);
  loops.front()->context().run();
}
