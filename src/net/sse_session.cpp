#include "net/sse_session.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>
#include <deque>
#include <vector>

namespace weir::net {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;

/// How long what is queued may take to leave once the stream ends.
constexpr std::chrono::seconds answer_wait{5};
constexpr std::size_t messages_per_write = 64;

/// Bytes out, nothing in: reading only tells when the client leaves.
class sse_session : public std::enable_shared_from_this<sse_session>, public connection, public client_port {
public:
  explicit sse_session(stream_upgrade upgrade)
      : keep_(std::move(upgrade.keep)), stream_(std::move(upgrade.stream)), timer_(stream_.get_executor()),
        slot_(std::move(upgrade.slot)), protocol_(std::move(upgrade.protocol)), metrics_(upgrade.metrics) {
    // nop
  }

  void start() {
    slot_->held_by(weak_from_this());
    stream_.expires_never();
    progress_ = steady_clock::now();
    if (metrics_)
      metrics_->client_joined("sse");
    protocol_->opened(*this, progress_);
    schedule(std::chrono::milliseconds{1'000});
    watch();
  }

  void drain(std::chrono::milliseconds come_back) override {
    poster()([this, come_back] { protocol_->drain(come_back); });
  }

  void stop() override {
    poster()([this] { finish(); });
  }

  void send(outgoing message) override {
    if (closing_ || done_)
      return protocol_->written(message.cost);
    queue_.push_back(std::move(message));
    write_next();
  }

  void close(std::uint16_t code, std::string, bool flush) override {
    if (closing_ || done_)
      return;
    closing_ = true;
    code_ = code;
    close_at_ = steady_clock::now() + answer_wait;
    if (!flush)
      return finish();
    schedule(std::chrono::milliseconds{250});
    write_next();
  }

  void ping() override {
    // nop: there is none on event streams
  }

  [[nodiscard]] steady_time last_progress() const override {
    return progress_;
  }

  [[nodiscard]] net::poster poster() override {
    return [weak = weak_from_this()](std::function<void()> run) {
      auto self = weak.lock();
      if (!self)
        return;
      auto executor = self->stream_.get_executor();
      asio::post(executor, [self = std::move(self), run = std::move(run)] {
        if (!self->done_)
          run();
      });
    };
  }

private:
  void watch() {
    stream_.async_read_some(asio::buffer(ignored_), [self = shared_from_this()](error_code ec, std::size_t) {
      if (ec)
        return self->finish();
      if (!self->done_)
        self->watch();
    });
  }

  void write_next() {
    if (in_flight_ > 0 || done_)
      return;
    if (queue_.empty()) {
      if (closing_)
        finish();
      return;
    }
    std::vector<asio::const_buffer> parts;
    in_flight_ = std::min(queue_.size(), messages_per_write);
    for (std::size_t i = 0; i < in_flight_; ++i) {
      parts.push_back(asio::buffer(queue_[i].head));
      if (queue_[i].body)
        parts.push_back(asio::buffer(*queue_[i].body));
      parts.push_back(asio::buffer(queue_[i].tail));
    }
    asio::async_write(stream_, parts,
                      [self = shared_from_this()](error_code ec, std::size_t) { self->have_written(ec); });
  }

  void have_written(error_code ec) {
    if (done_)
      return;
    if (ec)
      return finish();
    progress_ = steady_clock::now();
    std::size_t cost = 0;
    for (; in_flight_ > 0; --in_flight_) {
      cost += queue_.front().cost;
      queue_.pop_front();
    }
    protocol_->written(cost);
    write_next();
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
      return finish();
    auto wait = protocol_->tick(now);
    if (!done_)
      schedule(closing_ ? std::chrono::milliseconds{250} : wait);
  }

  void finish() {
    if (std::exchange(done_, true))
      return;
    timer_.cancel();
    if (metrics_)
      metrics_->client_left("sse", closing_ ? code_ : std::uint16_t{1006});
    protocol_->closed();
    error_code ignored; // the peer may be gone already; there is nothing else to do
    stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_both, ignored);
    stream_.socket().close(ignored);
    slot_.reset();
  }

  std::shared_ptr<void> keep_;
  boost::beast::tcp_stream stream_;
  asio::steady_timer timer_;
  std::unique_ptr<connection_slot> slot_;
  std::shared_ptr<client_protocol> protocol_;
  net_metrics* metrics_;
  std::array<char, 512> ignored_{};
  std::deque<outgoing> queue_;
  std::size_t in_flight_ = 0;
  steady_time progress_{};
  steady_time close_at_{};
  std::uint16_t code_ = 0;
  bool closing_ = false;
  bool done_ = false;
};

} // namespace

void run_stream(stream_upgrade upgrade) {
  std::make_shared<sse_session>(std::move(upgrade))->start();
}

} // namespace weir::net
