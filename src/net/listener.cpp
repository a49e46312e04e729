#include "net/listener.hpp"

#include "net/http_session.hpp"
#include "telemetry/log.hpp"

#include <boost/asio/post.hpp>
#include <fmt/format.h>

#include <charconv>

namespace weir::net {

namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

error bad_address(std::string_view text, std::string_view why) {
  return fail(errc::bad_config, fmt::format("cannot listen on {}: {}", text, why));
}

/// Peers of an IPv6 socket that came by IPv4 count as what they are.
std::string address_of(const tcp::endpoint& peer) {
  auto address = peer.address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string();
  return address.to_string();
}

} // namespace

result<listen_address> parse_listen_address(std::string_view text) {
  auto colon = text.rfind(':');
  if (colon == std::string_view::npos)
    return bad_address(text, "the port is missing, write 127.0.0.1:7070");
  listen_address out;
  auto digits = text.substr(colon + 1);
  auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), out.port);
  if (ec != std::errc{} || end != digits.data() + digits.size())
    return bad_address(text, "the port is not a number up to 65535");
  auto host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']'))
    host = host.substr(1, host.size() - 2);
  out.host = host == "localhost" ? std::string_view{"127.0.0.1"} : host;
  return out;
}

listener::listener(io_loops& loops)
    : loops_(loops), acceptor_(loops.front()->context()), timer_(acceptor_.get_executor()) {
  // nop
}

result<std::shared_ptr<listener>> listener::open(io_loops& loops, std::string_view address, bool reuse_address) {
  auto wanted = parse_listen_address(address);
  if (!wanted)
    return wanted.error();
  error_code ec;
  auto host =
      wanted->host.empty() ? asio::ip::address{asio::ip::address_v4::any()} : asio::ip::make_address(wanted->host, ec);
  if (ec)
    return bad_address(address, "the host must be an IP address or localhost");
  auto out = std::make_shared<listener>(loops);
  auto& acceptor = out->acceptor_;
  tcp::endpoint at{host, wanted->port};
  acceptor.open(at.protocol(), ec);
  if (!ec && reuse_address)
    acceptor.set_option(asio::socket_base::reuse_address{true}, ec);
  if (!ec)
    acceptor.bind(at, ec);
  if (!ec)
    acceptor.listen(asio::socket_base::max_listen_connections, ec);
  if (ec)
    return bad_address(address, ec.message());
  return out;
}

std::string listener::endpoint() const {
  auto at = acceptor_.local_endpoint();
  return at.address().is_v6() ? fmt::format("[{}]:{}", at.address().to_string(), at.port())
                              : fmt::format("{}:{}", at.address().to_string(), at.port());
}

bool listener::on_loopback() const {
  return acceptor_.local_endpoint().address().is_loopback();
}

void listener::start(std::shared_ptr<listener_context> context) {
  context_ = std::move(context);
  asio::post(acceptor_.get_executor(), [self = shared_from_this()] { self->accept(); });
}

void listener::stop() {
  asio::post(acceptor_.get_executor(), [self = shared_from_this()] {
    error_code ignored; // closing is all that is left to do
    self->timer_.cancel();
    self->acceptor_.close(ignored);
    self->context_.reset();
  });
}

void listener::accept() {
  auto& loop = *loops_[turn_++ % loops_.size()];
  acceptor_.async_accept(loop.context(), [self = shared_from_this(), &loop](error_code ec, tcp_socket socket) {
    if (ec == asio::error::operation_aborted || !self->acceptor_.is_open())
      return;
    if (ec == asio::error::no_descriptors || ec == boost::system::errc::too_many_files_open_in_system) {
      log::warn("listener.accept", {{log::key::error, ec.message()}});
      return self->wait_for_descriptors();
    }
    // Other errors belong to one peer that gave up.
    if (!ec)
      self->accepted(std::move(socket), loop);
    self->accept();
  });
}

void listener::accepted(tcp_socket socket, io_loop& loop) {
  error_code ec;
  auto peer = socket.remote_endpoint(ec);
  if (ec)
    return;
  socket.set_option(tcp::no_delay{true}, ec);
  auto remote = address_of(peer);
  auto slot = context_->connections->admit(remote, context_->spare_connections);
  if (!slot) {
    log::debug("listener.full", {{log::key::remote, remote}});
    return; // the socket closes
  }
  run_http(std::move(socket), loop, std::move(remote), std::move(slot), context_);
}

void listener::wait_for_descriptors() {
  timer_.expires_after(std::chrono::milliseconds{100});
  timer_.async_wait([self = shared_from_this()](error_code ec) {
    if (!ec)
      self->accept();
  });
}

} // namespace weir::net
