#include "net/live_session.hpp"

#include <boost/asio/post.hpp>

#include <utility>

namespace weir::net {

namespace {

namespace asio = boost::asio;
using boost::beast::error_code;
using std::chrono::steady_clock;

constexpr std::chrono::milliseconds first_tick{1'000};
constexpr std::chrono::milliseconds closing_tick{250};

} // namespace

live_session::live_session(live_client client, const char* kind)
    : keep_(std::move(client.keep)), loop_(client.loop),
      writer_(std::make_shared<socket_writer>(std::move(client.socket))), slot_(std::move(client.slot)),
      protocol_(std::move(client.protocol)), kind_(kind), metrics_(client.metrics),
      timer_(writer_->socket().get_executor()) {
  // nop
}

void live_session::begin() {
  slot_->held_by(weak_from_this());
  writer_->owned_by(weak_from_this());
}

void live_session::open() {
  open_ = true;
  if (metrics_)
    metrics_->client_joined(kind_);
  run_now([this] { protocol_->opened(*this, steady_clock::now()); });
  schedule(first_tick);
}

void live_session::drain(std::chrono::milliseconds come_back) {
  poster()([this, come_back] { protocol_->drain(come_back); });
}

void live_session::stop() {
  poster()([this] { finish({}); });
}

steady_time live_session::last_progress() const {
  return writer_->last_progress();
}

net::poster live_session::poster() {
  return [weak = weak_from_this()](std::function<void()> run) {
    auto self = weak.lock();
    if (!self)
      return;
    auto executor = self->writer_->socket().get_executor();
    asio::post(executor, [self = std::move(self), run = std::move(run)] { self->run_now(run); });
  };
}

std::function<void()> live_session::bell(std::function<void()> run) {
  rung_ = std::move(run);
  return [weak = weak_from_this(), loop = &loop_] {
    // The loop lives for as long as a connection does.
    if (auto self = weak.lock())
      loop->wake(self);
  };
}

void live_session::woken() {
  run_now(rung_);
}

void live_session::have_written(std::size_t cost) {
  if (done_)
    return;
  protocol_->written(cost);
  all_said();
}

void live_session::write_failed(error_code why) {
  finish(why);
}

void live_session::begin_close(std::chrono::milliseconds within) {
  closing_ = true;
  close_at_ = steady_clock::now() + within;
  schedule(closing_tick);
}

void live_session::schedule(std::chrono::milliseconds wait) {
  timer_.expires_after(wait);
  timer_.async_wait([self = shared_from_this()](error_code ec) {
    if (!ec && !self->done_)
      self->tick();
  });
}

void live_session::tick() {
  const auto now = steady_clock::now();
  if (closing_ && now >= close_at_)
    return finish({});
  auto wait = closing_tick;
  run_now([&] { wait = protocol_->tick(now); });
  if (!done_)
    schedule(closing_ ? closing_tick : wait);
}

void live_session::finish(error_code why) {
  if (std::exchange(done_, true))
    return;
  timer_.cancel();
  error_code ignored; // the peer may be gone already; there is nothing else to do
  writer_->socket().shutdown(tcp_socket::shutdown_both, ignored);
  writer_->socket().close(ignored);
  if (!open_)
    return;
  if (metrics_)
    metrics_->client_left(kind_, final_code(why));
  protocol_->closed();
  slot_.reset();
}

} // namespace weir::net
