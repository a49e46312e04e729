#include "net/socket_writer.hpp"

#include <boost/asio/error.hpp>

#include <algorithm>
#include <iterator>

namespace weir::net {

namespace {

namespace asio = boost::asio;
using std::chrono::steady_clock;

/// Room for so many messages is kept while none waits.
constexpr std::size_t kept_room = 16;

} // namespace

writer_owner::~writer_owner() = default;

socket_writer::socket_writer(tcp_socket socket) : socket_(std::move(socket)), progress_(steady_clock::now()) {
  socket_.non_blocking(true, failure_);
}

void socket_writer::owned_by(std::weak_ptr<writer_owner> owner) {
  owner_ = std::move(owner);
}

void socket_writer::add(std::string lead, outgoing message) {
  queue_.push_back({std::move(lead), std::move(message)});
}

void socket_writer::flush() {
  if (waiting_ || is_idle())
    return;
  auto why = failure_;
  std::size_t cost = 0;
  const auto before = queue_.size() - next_;
  while (!why && !is_idle()) {
    const auto bytes = socket_.send(gather(), 0, why);
    if (!why)
      cost += settle(bytes);
  }
  const auto is_news = queue_.size() - next_ < before;
  tidy();
  if (why == asio::error::would_block || why == asio::error::try_again)
    wait();
  else if (why)
    return fail(why);
  if (is_news)
    if (auto owner = owner_.lock())
      owner->have_written(cost);
}

socket_writer::gathered socket_writer::gather() const {
  gathered out;
  auto skip = begun_;
  auto take = [&](std::string_view bytes) {
    const auto seen = std::min(skip, bytes.size());
    skip -= seen;
    if (bytes.size() > seen && out.count < out.parts.size())
      out.parts.at(out.count++) = asio::buffer(bytes.substr(seen));
  };
  for (auto i = next_; i < queue_.size() && out.count < out.parts.size(); ++i) {
    const auto& [lead, message, apart] = queue_[i];
    take(lead);
    take(message.head);
    if (message.body)
      take(*message.body);
    take(message.tail);
  }
  return out;
}

std::size_t socket_writer::settle(std::size_t bytes) {
  std::size_t cost = 0;
  begun_ += bytes;
  for (; !is_idle(); ++next_) {
    auto& front = queue_[next_];
    const auto size = front.lead.size() + front.message.size();
    if (begun_ < size)
      break;
    begun_ -= size;
    cost += front.message.cost;
    progress_ = steady_clock::now();
    if (front.apart)
      tell_apart();
    front = {};
  }
  return cost;
}

void socket_writer::tidy() {
  // A slow client's line may never become empty.
  if (!is_idle() && next_ <= queue_.size() / 2)
    return;
  queue_.erase(queue_.begin(), std::next(queue_.begin(), static_cast<std::ptrdiff_t>(next_)));
  next_ = 0;
  if (queue_.empty() && queue_.capacity() > kept_room)
    queue_ = {};
}

void socket_writer::wait() {
  waiting_ = true;
  socket_.async_wait(tcp_socket::wait_write, [self = shared_from_this()](error_code ec) {
    self->waiting_ = false;
    ec ? self->fail(ec) : self->flush();
  });
}

void socket_writer::fail(error_code why) {
  failure_ = why;
  queue_.clear();
  next_ = begun_ = 0;
  if (when_written_)
    tell_apart();
  if (auto owner = owner_.lock())
    owner->write_failed(why);
}

void socket_writer::tell_apart() {
  asio::post(socket_.get_executor(), [ec = failure_, asker = std::move(when_written_)] { asker->tell(ec); });
}

void socket_writer::drop_unsent() {
  if (is_idle())
    return;
  auto from = std::next(queue_.begin(), static_cast<std::ptrdiff_t>(next_ + (begun_ > 0 ? 1 : 0)));
  queue_.erase(std::remove_if(from, queue_.end(), [](const piece& one) { return !one.apart; }), queue_.end());
}

} // namespace weir::net
