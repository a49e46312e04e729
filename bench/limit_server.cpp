#include "arguments.hpp"
#include "limit_session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <cstdio>

// What this machine can do with Beast and a file when nothing else is asked
// for: no validation, no order, no state, no view, no supervision.

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

void accept_next(tcp::acceptor& listener, weir::bench::limit_state& state) {
  listener.async_accept([&](boost::system::error_code failed, tcp::socket socket) {
    if (!failed)
      weir::bench::serve(std::move(socket), state);
    accept_next(listener, state);
  });
}

} // namespace

int main(int argc, char** argv) {
  const weir::bench::arguments given{argc, argv};
  asio::io_context io{1};
  weir::bench::limit_state state;
  weir::bench::group_commit commits{given.text("directory") + "/limit.log", given.text("sync", "yes") == "yes",
                                    [&](std::vector<weir::bench::waiting_post> group) {
                                      asio::post(io, [&state, group = std::move(group)] { settle(group, state); });
                                    }};
  state.commits = &commits;
  tcp::acceptor listener{io, tcp::endpoint{asio::ip::address_v4::loopback(), 0}};
  accept_next(listener, state);
  fmt::print("{}\n", listener.local_endpoint().port());
  std::fflush(stdout);
  // Ends with the signal of who started it.
  io.run();
}
