#include "websocket_client.hpp"

#include "arguments.hpp"
#include "post_client.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <vector>

namespace weir::bench {

namespace {

/// One for all clients of this thread.
std::vector<char>& read_buffer() {
  static std::vector<char> out(std::size_t{512} << 10);
  return out;
}

std::size_t big_endian(std::string_view bytes) {
  std::size_t out = 0;
  for (auto byte : bytes)
    out = out << 8 | static_cast<unsigned char>(byte);
  return out;
}

} // namespace

websocket_client::websocket_client(std::uint16_t port, std::string_view path) : socket_(connect_to(port)) {
  send_all(socket_, fmt::format("GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: Upgrade\r\n"
                                "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
                                "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n",
                                path, port));
  auto& buffer = read_buffer();
  std::string answer;
  while (answer.find("\r\n\r\n") == std::string::npos) {
    auto got = ::recv(socket_, buffer.data(), buffer.size(), 0);
    if (got <= 0)
      give_up("the server closed a connection");
    answer.append(buffer.data(), static_cast<std::size_t>(got));
  }
  if (!answer.starts_with("HTTP/1.1 101"))
    give_up("no upgrade: " + answer);
  rest_ = answer.substr(answer.find("\r\n\r\n") + 4);
}

void websocket_client::say(std::string_view text, bool binary) const {
  if (text.size() > 125)
    give_up("a command of the client is too long");
  // Masked with zeros: the mask is not what is measured.
  std::string frame{binary ? '\x82' : '\x81', static_cast<char>(0x80 | text.size())};
  frame.append(4, '\0');
  frame += text;
  send_all(socket_, frame);
}

void websocket_client::wait_until(const std::function<bool(std::string_view)>& done) {
  auto reached = false;
  const auto look = [&](std::string_view text) { reached = done(text) || reached; };
  // The first messages may have come with the answer to the upgrade.
  rest_.erase(0, take_messages(rest_, look));
  while (!reached)
    advance(look);
}

void websocket_client::watch(int poll, std::uint64_t mark) const {
  make_nonblocking(socket_);
  epoll_event wanted{};
  wanted.events = EPOLLIN;
  wanted.data.u64 = mark;
  if (::epoll_ctl(poll, EPOLL_CTL_ADD, socket_, &wanted) != 0)
    give_up("epoll_ctl failed");
}

void websocket_client::advance(const taker& take) {
  auto& buffer = read_buffer();
  std::memcpy(buffer.data(), rest_.data(), rest_.size());
  auto got = ::recv(socket_, buffer.data() + rest_.size(), buffer.size() - rest_.size(), 0);
  if (got < 0 && errno == EAGAIN)
    return;
  if (got <= 0)
    give_up("the server closed a subscriber");
  const std::string_view bytes{buffer.data(), rest_.size() + static_cast<std::size_t>(got)};
  const auto used = take_messages(bytes, take);
  rest_.assign(bytes.substr(used));
}

std::size_t websocket_client::take_messages(std::string_view bytes, const taker& take) {
  std::size_t at = 0;
  while (bytes.size() >= at + 2) {
    const auto kind = static_cast<unsigned char>(bytes[at]) & 0x0f;
    std::size_t length = static_cast<unsigned char>(bytes[at + 1]);
    const std::size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
    if (bytes.size() < at + 2 + more)
      break;
    if (more > 0)
      length = big_endian(bytes.substr(at + 2, more));
    if (bytes.size() < at + 2 + more + length)
      break;
    const auto body = bytes.substr(at + 2 + more, length);
    if (kind == 8)
      give_up("the server closed a subscriber: " + std::string{body});
    if (kind == 1 || kind == 2)
      take(body);
    at += 2 + more + length;
  }
  return at;
}

void allow_many_sockets() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    if (::setrlimit(RLIMIT_NOFILE, &files) != 0)
      give_up("cannot raise the number of open files");
  }
}

} // namespace weir::bench
