#include "net/websocket_session.hpp"

#include "net/ws_replies.hpp"

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/dispatch.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/rfc6455.hpp>
#include <boost/beast/websocket/stream.hpp>

#include <array>
#include <deque>
#include <utility>

namespace weir::net {

namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;
using beast::error_code;
using std::chrono::steady_clock;

/// How long a peer may take to answer our close frame.
constexpr std::chrono::seconds close_wait{5};
constexpr std::size_t read_step = std::size_t{16} << 10;

/// Frames in and out; what they mean is the protocol's business.
class websocket_session : public std::enable_shared_from_this<websocket_session>,
                          public connection,
                          public client_port {
public:
  explicit websocket_session(websocket_upgrade upgrade)
      : keep_(std::move(upgrade.keep)), ws_(std::move(upgrade.stream)), timer_(ws_.get_executor()),
        received_(std::move(upgrade.received)), subprotocol_(std::move(upgrade.subprotocol)),
        message_bytes_(upgrade.message_bytes), handshake_(upgrade.handshake), slot_(std::move(upgrade.slot)),
        protocol_(std::move(upgrade.protocol)), metrics_(upgrade.metrics) {
    // nop
  }

  void start() {
    slot_->held_by(weak_from_this());
    beast::get_lowest_layer(ws_).expires_never();
    websocket::stream_base::timeout timeout{};
    timeout.handshake_timeout = handshake_;
    timeout.idle_timeout = websocket::stream_base::none();
    timeout.keep_alive_pings = false;
    ws_.set_option(timeout);
    ws_.set_option(websocket::stream_base::decorator([name = subprotocol_](websocket::response_type& response) {
      response.set(beast::http::field::server, "weir");
      if (!name.empty())
        response.set(beast::http::field::sec_websocket_protocol, name);
    }));
    // Length is judged while reading, so that the close code can be ours.
    ws_.read_message_max(0);
    ws_.auto_fragment(false);
    ws_.async_accept(asio::buffer(received_), [self = shared_from_this()](error_code ec) { self->accepted(ec); });
  }

  void drain(std::chrono::milliseconds come_back) override {
    poster()([this, come_back] { protocol_->drain(come_back); });
  }

  void stop() override {
    poster()([this] { cut(); });
  }

  void send(outgoing message) override {
    if (closing_ || done_)
      return protocol_->written(message.cost);
    queue_.push_back(std::move(message));
    write_next();
  }

  void close(std::uint16_t code, std::string reason, bool flush) override {
    if (closing_ || done_)
      return;
    closing_ = true;
    reason_.code = code;
    reason_.reason = reason.substr(0, 100);
    close_at_ = steady_clock::now() + close_wait;
    if (!flush && queue_.size() > 1)
      queue_.erase(queue_.begin() + 1, queue_.end());
    schedule(std::chrono::milliseconds{250});
    write_next();
  }

  void ping() override {
    if (pinging_ || closing_ || done_)
      return;
    pinging_ = true;
    ws_.async_ping({}, [self = shared_from_this()](error_code) { self->pinging_ = false; });
  }

  [[nodiscard]] steady_time last_progress() const override {
    return progress_;
  }

  [[nodiscard]] net::poster poster() override {
    return [weak = weak_from_this()](std::function<void()> run) {
      auto self = weak.lock();
      if (!self)
        return;
      auto executor = self->ws_.get_executor();
      asio::post(executor, [self = std::move(self), run = std::move(run)] {
        if (self->open_ && !self->done_)
          run();
      });
    };
  }

private:
  void accepted(error_code ec) {
    received_.clear();
    if (ec)
      return cut();
    open_ = true;
    progress_ = steady_clock::now();
    if (metrics_)
      metrics_->client_joined("ws");
    ws_.control_callback([this](websocket::frame_type, beast::string_view) { protocol_->heard(steady_clock::now()); });
    protocol_->opened(*this, progress_);
    schedule(std::chrono::milliseconds{1'000});
    read();
  }

  void read() {
    ws_.async_read_some(buffer_, read_step,
                        [self = shared_from_this()](error_code ec, std::size_t) { self->have_read(ec); });
  }

  void have_read(error_code ec) {
    if (ec)
      return finish(ec);
    if (closing_)
      return; // the close operation reads the rest
    protocol_->heard(steady_clock::now());
    if (buffer_.size() > message_bytes_)
      return protocol_->too_large();
    if (ws_.is_message_done()) {
      auto bytes = buffer_.cdata();
      protocol_->received({static_cast<const char*>(bytes.data()), bytes.size()}, ws_.got_binary());
      buffer_.consume(buffer_.size());
    }
    if (!closing_)
      read();
  }

  void write_next() {
    if (writing_ || done_)
      return;
    if (queue_.empty()) {
      if (closing_)
        send_close();
      return;
    }
    writing_ = true;
    const auto& front = queue_.front();
    ws_.binary(front.binary);
    auto body = front.body ? asio::buffer(*front.body) : asio::const_buffer{};
    std::array<asio::const_buffer, 3> parts{asio::buffer(front.head), body, asio::buffer(front.tail)};
    ws_.async_write(parts, [self = shared_from_this()](error_code ec, std::size_t) { self->have_written(ec); });
  }

  void have_written(error_code ec) {
    writing_ = false;
    if (done_)
      return;
    if (ec)
      return finish(ec);
    progress_ = steady_clock::now();
    auto cost = queue_.front().cost;
    queue_.pop_front();
    protocol_->written(cost);
    write_next();
  }

  void send_close() {
    if (std::exchange(close_sent_, true))
      return;
    ws_.async_close(reason_, [self = shared_from_this()](error_code ec) { self->finish(ec); });
  }

  void schedule(std::chrono::milliseconds wait) {
    timer_.expires_after(wait);
    timer_.async_wait([self = shared_from_this()](error_code ec) {
      if (!ec && !self->done_)
        self->tick();
    });
  }

  void tick() {
    auto now = steady_clock::now();
    if (closing_ && now >= close_at_)
      return cut();
    auto wait = protocol_->tick(now);
    schedule(closing_ ? std::chrono::milliseconds{250} : wait);
  }

  /// Ends without a closing handshake.
  void cut() {
    finish({});
    error_code ignored; // the peer may be gone already; there is nothing else to do
    beast::get_lowest_layer(ws_).socket().close(ignored);
  }

  void finish(error_code ec) {
    if (std::exchange(done_, true))
      return;
    timer_.cancel();
    if (!open_)
      return;
    if (metrics_)
      metrics_->client_left("ws", final_code(ec));
    protocol_->closed();
    slot_.reset();
  }

  [[nodiscard]] std::uint16_t final_code(error_code ec) const {
    if (closing_)
      return reason_.code;
    if (ec == websocket::error::closed && ws_.reason().code != websocket::close_code::none)
      return ws_.reason().code;
    return ec == websocket::error::closed ? std::uint16_t{1005} : std::uint16_t{1006};
  }

  std::shared_ptr<void> keep_;
  websocket::stream<beast::tcp_stream> ws_;
  asio::steady_timer timer_;
  std::string received_;
  std::string subprotocol_;
  std::size_t message_bytes_;
  std::chrono::milliseconds handshake_;
  std::unique_ptr<connection_slot> slot_;
  std::shared_ptr<client_protocol> protocol_;
  net_metrics* metrics_;
  beast::flat_buffer buffer_;
  std::deque<outgoing> queue_;
  websocket::close_reason reason_;
  steady_time progress_{};
  steady_time close_at_{};
  bool open_ = false;
  bool writing_ = false;
  bool pinging_ = false;
  bool closing_ = false;
  bool close_sent_ = false;
  bool done_ = false;
};

} // namespace

void run_websocket(websocket_upgrade upgrade) {
  std::make_shared<websocket_session>(std::move(upgrade))->start();
}

} // namespace weir::net
