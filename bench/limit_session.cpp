#include "limit_session.hpp"

#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket.hpp>
#include <fmt/format.h>

#include <optional>
#include <string_view>

namespace weir::bench {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
namespace websocket = beast::websocket;

using boost::system::error_code;
using chunk_ptr = std::shared_ptr<const std::string>;

namespace {

/// @returns the first name of a job, as `job_name` makes them; "" without one.
std::string job_in(std::string_view text) {
  constexpr std::string_view begin = "\"job-";
  constexpr std::size_t digits = 6;
  const auto at = text.find(begin);
  return at == std::string_view::npos ? std::string{} : std::string{text.substr(at + 1, begin.size() - 1 + digits)};
}

} // namespace

/// A WebSocket whose frames are written below Beast's stream: they are encoded
/// once for all, and what waits leaves with one gather write.
class frame_sender : public std::enable_shared_from_this<frame_sender> {
public:
  frame_sender(asio::ip::tcp::socket socket, limit_state& state) : stream_(std::move(socket)), state_(state) {
    // nop
  }

  void accept(const http::request<http::string_body>& upgrade) {
    stream_.async_accept(upgrade, [self = shared_from_this()](error_code failed) {
      if (failed)
        return;
      self->read();
    });
  }

  void send(chunk_ptr chunk) {
    waiting_.push_back(std::move(chunk));
    if (leaving_.empty())
      write();
  }

private:
  void read() {
    stream_.async_read(buffer_, [self = shared_from_this()](error_code failed, std::size_t) {
      if (failed) {
        self->state_.subscribers[self->job_].erase(self);
        return;
      }
      if (self->job_.empty())
        self->join(beast::buffers_to_string(self->buffer_.cdata()));
      self->buffer_.clear();
      self->read();
    });
  }

  void join(std::string_view message) {
    job_ = job_in(message);
    if (job_.empty())
      return;
    state_.subscribers[job_].insert(shared_from_this());
    send(std::make_shared<const std::string>("\x81\x12{\"live\":1,\"seq\":0}"));
  }

  void write() {
    leaving_.swap(waiting_);
    std::vector<asio::const_buffer> buffers;
    buffers.reserve(leaving_.size());
    for (const auto& chunk : leaving_)
      buffers.emplace_back(asio::buffer(*chunk));
    asio::async_write(stream_.next_layer(), buffers, [self = shared_from_this()](error_code failed, std::size_t) {
      self->leaving_.clear();
      if (!failed && !self->waiting_.empty())
        self->write();
    });
  }

  websocket::stream<asio::ip::tcp::socket> stream_;
  limit_state& state_;
  std::string job_;
  beast::flat_buffer buffer_;
  std::vector<chunk_ptr> waiting_;
  std::vector<chunk_ptr> leaving_;
};

namespace {

constexpr std::string_view accepted_answer = "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\n"
                                             "Content-Length: 21\r\n\r\n{\"status\":\"accepted\"}";

class post_session : public std::enable_shared_from_this<post_session> {
public:
  post_session(asio::ip::tcp::socket socket, limit_state& state) : socket_(std::move(socket)), state_(state) {
    // nop
  }

  void read() {
    parser_.emplace();
    parser_->body_limit(std::uint64_t{16} << 20);
    http::async_read(socket_, buffer_, *parser_, [self = shared_from_this()](error_code failed, std::size_t) {
      if (!failed)
        self->take(self->parser_->release());
    });
  }

  void answer() {
    asio::async_write(socket_, asio::buffer(accepted_answer),
                      [self = shared_from_this()](error_code failed, std::size_t) {
                        if (!failed)
                          self->read();
                      });
  }

private:
  void take(http::request<http::string_body> request) {
    if (websocket::is_upgrade(request))
      return std::make_shared<frame_sender>(std::move(socket_), state_)->accept(request);
    state_.commits->add({shared_from_this(), std::move(request.body())});
  }

  asio::ip::tcp::socket socket_;
  limit_state& state_;
  beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::string_body>> parser_;
};

void append_frame(std::string& out, std::string_view event, limit_state& state) {
  auto text = fmt::format(R"({{"ev":1,"seq":{},"data":{}}})", ++state.seq, event);
  out += '\x81';
  out += '\x7e';
  out += static_cast<char>(text.size() >> 8);
  out += static_cast<char>(text.size() & 0xff);
  out += text;
}

} // namespace

void serve(asio::ip::tcp::socket socket, limit_state& state) {
  socket.set_option(asio::ip::tcp::no_delay{true});
  std::make_shared<post_session>(std::move(socket), state)->read();
}

void settle(const std::vector<waiting_post>& group, limit_state& state) {
  for (const auto& post : group)
    static_cast<post_session*>(post.asker.get())->answer();
  if (state.subscribers.empty())
    return;
  std::unordered_map<std::string, std::string> frames;
  for (const auto& post : group) {
    auto rest = std::string_view{post.body};
    while (!rest.empty()) {
      auto line = rest.substr(0, rest.find('\n'));
      append_frame(frames[job_in(line)], line, state);
      rest.remove_prefix(std::min(rest.size(), line.size() + 1));
    }
  }
  for (auto& [job, text] : frames) {
    auto chunk = std::make_shared<const std::string>(std::move(text));
    for (const auto& subscriber : state.subscribers[job])
      subscriber->send(chunk);
  }
}

} // namespace weir::bench
