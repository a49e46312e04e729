#include "arguments.hpp"
#include "bench_event.hpp"
#include "measurement.hpp"
#include "post_client.hpp"
#include "websocket_client.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <deque>
#include <sys/epoll.h>
#include <sys/socket.h>

// The closed loop of `bench_fanout` against a NATS server: events go in over one plain connection, a subject for each
// job, and come out at WebSockets. Core NATS: nothing is kept. What its protocol looks like:
// https://docs.nats.io/reference/reference-protocols/nats-protocol

namespace {

using namespace weir::bench;

constexpr std::uint64_t publisher_mark = ~std::uint64_t{0};
constexpr std::string_view hello = "CONNECT {\"verbose\":false,\"pedantic\":false}\r\n";

/// Counts the messages of one connection; a WebSocket message may end anywhere in one of them.
class message_counter {
public:
  /// @returns how many end in `bytes`.
  std::uint64_t take(std::string_view bytes) {
    std::uint64_t out = 0;
    while (!bytes.empty()) {
      if (left_ > 0) {
        const auto step = std::min(left_, bytes.size());
        left_ -= step;
        bytes.remove_prefix(step);
        out += left_ == 0 ? 1 : 0;
        continue;
      }
      const auto end = bytes.find('\n');
      line_.append(bytes.substr(0, end));
      if (end == std::string_view::npos)
        return out;
      bytes.remove_prefix(end + 1);
      look_at_line();
      line_.clear();
    }
    return out;
  }

private:
  void look_at_line() {
    auto line = std::string_view{line_};
    if (line.starts_with("-ERR"))
      give_up(line_);
    if (!line.starts_with("MSG "))
      return;
    line.remove_suffix(1);
    line.remove_prefix(line.rfind(' ') + 1);
    std::from_chars(line.data(), line.data() + line.size(), left_);
    left_ += 2; // CR and LF behind the payload
  }

  std::string line_;
  std::size_t left_ = 0; ///< bytes of a payload that are still to come
};

struct subscriber {
  websocket_client client;
  message_counter messages;
};

class load {
public:
  explicit load(const arguments& given)
      : window_(given.number("window", 256)), jobs_(given.number("jobs", 1)), seconds_(given.seconds()),
        publisher_(connect_to(static_cast<std::uint16_t>(given.number("client-port", 0)))) {
    for (std::uint64_t i = 0; i < given.number("subscribers", 1); ++i)
      subscribe(static_cast<std::uint16_t>(given.number("port", 0)), i);
    send_all(publisher_, hello);
    make_nonblocking(publisher_);
    epoll_event wanted{};
    wanted.events = EPOLLIN | EPOLLOUT | EPOLLET;
    wanted.data.u64 = publisher_mark;
    if (::epoll_ctl(poll_, EPOLL_CTL_ADD, publisher_, &wanted) != 0)
      give_up("epoll_ctl failed");
  }

  void run(const std::string& workload, const std::string& side) {
    const auto from = now_ns() + static_cast<std::uint64_t>(seconds_ * 0.2e9);
    const auto until = from + static_cast<std::uint64_t>(seconds_ * 1e9);
    std::uint64_t before = 0;
    for (auto now = now_ns(); now < until; now = now_ns()) {
      if (now < from)
        before = received_;
      publish();
      step();
    }
    const auto took = static_cast<double>(now_ns() - from) / 1e9;
    print({workload,
           side,
           static_cast<double>(received_ - before) / took,
           "deliveries/s",
           {{"events", static_cast<double>(received_)}}});
  }

private:
  [[nodiscard]] std::uint64_t job_of(std::uint64_t number) const {
    return 1 + number % jobs_;
  }

  void subscribe(std::uint16_t port, std::uint64_t mark) {
    auto& client = subscribers_.emplace_back(websocket_client{port, "/"}, message_counter{}).client;
    client.say(hello, true);
    client.say(fmt::format("SUB {} 1\r\nPING\r\n", job_name(job_of(mark))), true);
    client.wait_until([](std::string_view text) { return text.find("PONG\r\n") != std::string_view::npos; });
    client.watch(poll_, mark);
  }

  void publish() {
    const auto listeners = subscribers_.size() / jobs_;
    while (published_ < window_ + received_ / listeners && out_.size() < std::size_t{64} << 10) {
      const auto number = published_++;
      const auto text = writer_.write(number, job_of(number));
      out_ += fmt::format("PUB {} {}\r\n{}\r\n", job_name(job_of(number)), text.size(), text);
    }
    if (out_.empty())
      return;
    const auto sent = ::send(publisher_, out_.data(), out_.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN)
      give_up("the server closed the publisher");
    out_.erase(0, static_cast<std::size_t>(std::max<ssize_t>(sent, 0)));
  }

  void step() {
    std::array<epoll_event, 256> ready{};
    const auto count = ::epoll_wait(poll_, ready.data(), static_cast<int>(ready.size()), 100);
    for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(count, 0)); ++i) {
      if (ready[i].data.u64 == publisher_mark) {
        listen_to_publisher();
        continue;
      }
      auto& one = subscribers_[ready[i].data.u64];
      one.client.advance([&](std::string_view text) { received_ += one.messages.take(text); });
    }
  }

  /// The server asks now and then whether the publisher is there.
  void listen_to_publisher() {
    std::array<char, 4096> got{};
    const auto bytes = ::recv(publisher_, got.data(), got.size(), 0);
    if (bytes > 0 && std::string_view{got.data(), static_cast<std::size_t>(bytes)}.find("PING") != std::string::npos)
      out_ += "PONG\r\n";
  }

  int poll_ = ::epoll_create1(EPOLL_CLOEXEC);
  std::uint64_t window_;
  std::uint64_t jobs_;
  double seconds_;
  int publisher_;
  std::deque<subscriber> subscribers_;
  event_writer writer_{plain_type, new_run()};
  std::uint64_t published_ = 0;
  std::uint64_t received_ = 0;
  std::string out_;
};

} // namespace

int main(int argc, char** argv) {
  allow_many_sockets();
  const arguments given{argc, argv};
  load{given}.run(given.text("workload"), given.text("side"));
}
