#include "post_client.hpp"

#include "arguments.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace weir::bench {

namespace {

/// The answer's bytes up to the end of its body, or 0 while it is not complete.
std::size_t complete_bytes(std::string_view in) {
  auto end = in.find("\r\n\r\n");
  if (end == std::string_view::npos)
    return 0;
  for (auto name : {"\r\nContent-Length: ", "\r\ncontent-length: "}) {
    auto at = in.substr(0, end).find(name);
    if (at != std::string_view::npos)
      return end + 4 + std::strtoul(in.data() + at + 18, nullptr, 10);
  }
  give_up("an answer has no Content-Length");
}

} // namespace

int connect_to(std::uint16_t port) {
  int out = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (out < 0 || ::connect(out, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    give_up(fmt::format("cannot connect to port {}", port));
  int on = 1;
  if (::setsockopt(out, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0)
    give_up("cannot set TCP_NODELAY");
  return out;
}

void make_nonblocking(int socket) {
  if (::fcntl(socket, F_SETFL, O_NONBLOCK) != 0)
    give_up("cannot make a socket non-blocking");
}

void send_all(int socket, std::string_view bytes) {
  while (!bytes.empty()) {
    auto sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0)
      give_up("the server closed a connection");
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
}

post_client::post_client(std::uint16_t port, std::string_view content_type, int poll, std::uint64_t mark)
    : socket_(connect_to(port)), poll_(poll), mark_(mark) {
  make_nonblocking(socket_);
  head_ = fmt::format(
      "POST /api/v1/events HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: {}\r\nContent-Length: ", port, content_type);
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.u64 = mark_;
  if (::epoll_ctl(poll_, EPOLL_CTL_ADD, socket_, &wanted) != 0)
    give_up("epoll_ctl failed");
}

void post_client::post(std::string_view body) {
  out_ = head_;
  out_ += std::to_string(body.size());
  out_ += "\r\n\r\n";
  out_ += body;
  sent_ = 0;
  in_.clear();
  busy_ = true;
  write();
}

void post_client::write() {
  while (sent_ < out_.size()) {
    auto sent = ::send(socket_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL);
    if (sent > 0) {
      sent_ += static_cast<std::size_t>(sent);
      continue;
    }
    if (errno != EAGAIN)
      give_up("the server closed a connection");
    return watch(true);
  }
  watch(false);
}

void post_client::watch(bool writable) {
  if (writable == watches_writable_)
    return;
  watches_writable_ = writable;
  epoll_event wanted{};
  wanted.events = writable ? EPOLLIN | EPOLLOUT : EPOLLIN;
  wanted.data.u64 = mark_;
  if (::epoll_ctl(poll_, EPOLL_CTL_MOD, socket_, &wanted) != 0)
    give_up("epoll_ctl failed");
}

int post_client::advance() {
  if (watches_writable_)
    write();
  std::array<char, 65'536> bytes; // NOLINT(cppcoreguidelines-pro-type-member-init): filled by recv
  auto got = ::recv(socket_, bytes.data(), bytes.size(), 0);
  if (got < 0 && errno == EAGAIN)
    return 0;
  if (got <= 0)
    give_up("the server closed a connection: " + in_);
  in_.append(bytes.data(), static_cast<std::size_t>(got));
  auto wanted = complete_bytes(in_);
  if (wanted == 0 || in_.size() < wanted)
    return 0;
  busy_ = false;
  return std::atoi(in_.c_str() + 9); // "HTTP/1.1 202 .."
}

} // namespace weir::bench
