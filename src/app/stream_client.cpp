#include "app/stream_client.hpp"

#include "app/interrupt.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <fmt/format.h>

#include <optional>
#include <random>

namespace weir::app {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;
using boost::system::error_code;
using steady = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr auto slice = milliseconds{100};
constexpr auto connect_timeout = milliseconds{10'000};
constexpr auto largest_frame = std::size_t{64} << 20;

/// How one connection ended.
struct ending {
  std::uint16_t code = 1006;
  std::string reason;
  std::optional<error> fatal; ///< do not come back
  bool opened = false;
  bool busy = false; ///< the server is there, but asks to come back later
};

/// One WebSocket connection, driven step by step on this thread.
class connection {
public:
  connection(stream_protocol& protocol, const stream_client_options& options)
      : protocol_(protocol), options_(options) {}

  ending run() {
    if (open()) {
      end_.opened = true;
      if (send(protocol_.opened()))
        receive();
    }
    socket_.reset();
    io_.restart();
    io_.run(); // handlers of what was cancelled
    return end_;
  }

private:
  /// Runs what was started until `done`. @returns false when it took too long.
  bool finish(const bool& done, milliseconds limit) {
    const auto deadline = steady::now() + limit;
    while (!done) {
      if (options_.interrupted && options_.interrupted()) {
        end_.fatal = fail(errc::timed_out, "interrupted");
        return false;
      }
      if (steady::now() >= deadline) {
        end_.reason = "no sign of life";
        return false;
      }
      io_.restart();
      io_.run_one_for(slice);
    }
    return true;
  }

  bool open() {
    auto done = false;
    auto problem = error_code{};
    auto resolver = asio::ip::tcp::resolver{io_};
    found_ = {};
    socket_.emplace(io_);
    resolver.async_resolve(options_.where.host, options_.where.port, [&](error_code ec, auto results) {
      problem = ec;
      found_ = std::move(results);
      done = true;
    });
    if (!finish_step(done, problem))
      return false;
    done = false;
    beast::get_lowest_layer(*socket_).async_connect(found_, [&](error_code ec, const auto&) {
      problem = ec;
      done = true;
    });
    if (!finish_step(done, problem))
      return false;
    return shake_hands();
  }

  // The handler refers to locals of the caller: it must have run before they go.
  bool finish_step(const bool& done, const error_code& problem) {
    if (!finish(done, connect_timeout)) {
      socket_.reset();
      io_.restart();
      io_.run();
      return false;
    }
    if (problem)
      end_.reason = problem.message();
    return !problem;
  }

  bool shake_hands() {
    auto done = false;
    auto problem = error_code{};
    auto answer = websocket::response_type{};
    socket_->set_option(websocket::stream_base::timeout{connect_timeout, websocket::stream_base::none(), false});
    socket_->read_message_max(largest_frame);
    socket_->set_option(websocket::stream_base::decorator([this](websocket::request_type& request) {
      request.set(http::field::sec_websocket_protocol, "weir.v1.json");
      if (!options_.token.empty())
        request.set(http::field::authorization, "Bearer " + options_.token);
    }));
    socket_->async_handshake(answer, options_.where.authority, options_.where.base + "/api/v1/ws", [&](error_code ec) {
      problem = ec;
      done = true;
    });
    if (finish_step(done, problem))
      return true;
    if (problem == websocket::error::upgrade_declined)
      refused(answer.result_int());
    return false;
  }

  void refused(unsigned status) {
    end_.reason = fmt::format("the server answered {}", status);
    if (status == 401)
      end_.fatal = fail(errc::unauthenticated, "the node wants a valid token");
    else if (status == 403)
      end_.fatal = fail(errc::forbidden, "the node does not allow this");
    else if (status == 429 || status == 503)
      end_.busy = true;
    else if (status >= 400 && status < 500 && status != 408)
      end_.fatal = fail(errc::not_found, fmt::format("no WebSocket at this address: the server answered {}", status));
  }

  bool send(const std::vector<std::string>& frames) {
    for (const auto& frame : frames) {
      auto done = false;
      auto problem = error_code{};
      socket_->text(true);
      socket_->async_write(asio::buffer(frame), [&](error_code ec, std::size_t) {
        problem = ec;
        done = true;
      });
      if (!finish_step(done, problem))
        return false;
    }
    return true;
  }

  void receive() {
    auto buffer = beast::flat_buffer{};
    while (!protocol_.outcome() && !protocol_.wants_reconnect()) {
      auto done = false;
      auto problem = error_code{};
      socket_->async_read(buffer, [&](error_code ec, std::size_t) {
        problem = ec;
        done = true;
      });
      // The server asks every interval; missing two is a half-open link.
      const auto patience =
          2 * std::chrono::duration_cast<milliseconds>(protocol_.ping_interval()) + milliseconds{5'000};
      if (!finish(done, patience)) {
        socket_.reset();
        io_.restart();
        io_.run();
        return;
      }
      if (problem)
        return take_close(problem);
      const auto text = std::string_view{static_cast<const char*>(buffer.cdata().data()), buffer.size()};
      if (!send(protocol_.receive(text)))
        return;
      buffer.consume(buffer.size());
    }
    say_goodbye();
  }

  void take_close(const error_code& problem) {
    end_.reason = problem.message();
    if (problem != websocket::error::closed)
      return;
    end_.code = socket_->reason().code ? static_cast<std::uint16_t>(socket_->reason().code) : std::uint16_t{1005};
    const auto& told = socket_->reason().reason;
    end_.reason = std::string{told.data(), told.size()};
  }

  void say_goodbye() {
    auto done = false;
    socket_->async_close(websocket::close_code::normal, [&](error_code) { done = true; });
    if (finish(done, milliseconds{1'000}))
      return;
    socket_.reset();
    io_.restart();
    io_.run();
  }

  stream_protocol& protocol_;
  const stream_client_options& options_;
  asio::io_context io_{1};
  std::optional<websocket::stream<beast::tcp_stream>> socket_;
  asio::ip::tcp::resolver::results_type found_;
  ending end_;
};

} // namespace

status follow(stream_protocol& protocol, const stream_client_options& options) {
  auto random = std::mt19937{std::random_device{}()};
  auto ever = false;
  while (true) {
    const auto begun = steady::now();
    const auto end = connection{protocol, options}.run();
    if (protocol.outcome())
      return *protocol.outcome();
    if (end.fatal)
      return *end.fatal;
    if (!ever && !end.opened)
      return fail(end.busy ? errc::not_ready : errc::unreachable,
                  "cannot reach " + options.where.url() + ": " + end.reason);
    const auto lasted = end.opened ? std::chrono::duration_cast<milliseconds>(steady::now() - begun) : milliseconds{0};
    const auto jitter = std::uniform_real_distribution<double>{0.0, 1.0}(random);
    const auto wait = protocol.closed(end.code, end.reason, lasted, jitter);
    if (!wait)
      return *protocol.outcome();
    if (options.lost)
      options.lost({end.code, end.reason, *wait, ever && !end.opened});
    ever = true;
    if (!wait_for(*wait, options.interrupted))
      return fail(errc::timed_out, "interrupted");
  }
}

} // namespace weir::app
