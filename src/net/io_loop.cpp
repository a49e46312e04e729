#include "net/io_loop.hpp"

#include <boost/asio/post.hpp>

#include <algorithm>
#include <pthread.h>
#include <utility>

namespace weir::net {

wakeable::~wakeable() = default;

io_loop::io_loop() : work_(context_.get_executor()) {
  // nop
}

io_loop::~io_loop() {
  stop();
}

void io_loop::wake(const std::shared_ptr<wakeable>& who) {
  {
    auto lock = std::lock_guard{mutex_};
    if (is_over_)
      return;
    // A copy: until it is posted, the loop must live, which its connections keep.
    waiting_.push_back(who);
    if (std::exchange(served_, true))
      return;
  }
  boost::asio::post(context_, [this] { serve(); });
}

void io_loop::serve() {
  if (next_ == due_.size()) {
    due_.clear();
    next_ = 0;
    auto lock = std::lock_guard{mutex_};
    due_.swap(waiting_);
  }
  const auto end = std::min(due_.size(), next_ + in_one_turn);
  while (next_ < end) {
    auto who = std::move(due_[next_++]);
    who->woken();
  }
  if (next_ == due_.size()) {
    auto lock = std::lock_guard{mutex_};
    if (waiting_.empty()) {
      served_ = false;
      return;
    }
  }
  boost::asio::post(context_, [this] { serve(); });
}

void io_loop::start() {
  thread_ = std::thread{[this] {
    (void)pthread_setname_np(pthread_self(), "weir.net");
    context_.run();
  }};
}

void io_loop::stop() {
  if (!thread_.joinable())
    return;
  work_.reset();
  context_.stop();
  thread_.join();
}

void io_loop::run_rest() {
  context_.restart();
  context_.poll();
  std::vector<std::shared_ptr<wakeable>> nobody;
  const auto lock = std::lock_guard{mutex_};
  is_over_ = true;
  // Who is woken meanwhile would be kept for ever.
  nobody.swap(waiting_);
}

} // namespace weir::net
