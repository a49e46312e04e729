#include "actors/worker_pool.hpp"

#include "actors/actor_basics.hpp"
#include "domain/error.hpp"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <exception>
#include <list>
#include <mutex>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

namespace weir::actors {

namespace {

using clock = std::chrono::steady_clock;

/// One run that has a thread.
struct run {
  std::string handler;
  handler_runner::answered done; ///< empty once it was answered
  std::stop_source stop;
  clock::time_point soft_at;
  clock::time_point hard_at;
  bool is_slow = false;
  bool is_abandoned = false;
};

struct waiting_run {
  handler_call call;
  handler_runner::answered done;
  run_limits limits;
};

std::uint32_t elapsed_us(clock::time_point began) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::microseconds>(clock::now() - began).count());
}

/// Runs the handler; a crash is an answer like others.
handler_answer carry_out(const handler_call& call, std::stop_token stop) {
  const auto began = clock::now();
  handler_answer answer;
  try {
    answer = run_here(call, std::move(stop));
  } catch (...) {
    answer.threw = true;
    answer.said = retry(text_of(std::current_exception()));
  }
  answer.took_us = elapsed_us(began);
  return answer;
}

} // namespace

/// Shared with the threads, so that one which never ends can be left behind.
class worker_pool::state : public std::enable_shared_from_this<state> {
public:
  explicit state(options opts) : opts_(std::move(opts)) {}

  void begin() {
    std::lock_guard guard{mutex_};
    for (std::size_t i = 0; i < std::max<std::size_t>(opts_.workers, 1); ++i)
      add_thread();
    watcher_ = std::thread{[me = shared_from_this()] { me->watch(); }};
  }

  void start(handler_call call, handler_runner::answered done, run_limits limits) {
    std::lock_guard guard{mutex_};
    if (stopping_)
      return;
    queue_.push_back({std::move(call), std::move(done), limits});
    work_.notify_one();
  }

  void stop() {
    std::unique_lock lock{mutex_};
    stopping_ = true;
    queue_.clear();
    for (auto& one : running_) {
      one.done = nullptr;
      one.stop.request_stop();
    }
    work_.notify_all();
    watch_.notify_all();
    ended_.wait_for(lock, opts_.stop_grace, [this] { return threads_ == 0; });
    auto watcher = std::exchange(watcher_, std::thread{});
    lock.unlock();
    if (watcher.joinable())
      watcher.join();
  }

  [[nodiscard]] std::size_t queued() const {
    std::lock_guard guard{mutex_};
    return queue_.size();
  }

private:
  // Threads are detached: one that hangs in a handler can be joined by nobody.
  void add_thread() {
    ++threads_;
    std::thread{[me = shared_from_this()] { me->serve(); }}.detach();
  }

  void serve() {
    std::unique_lock lock{mutex_};
    while (true) {
      work_.wait(lock, [this] { return stopping_ || !queue_.empty() || is_too_many(); });
      if (stopping_ || is_too_many())
        break;
      auto next = std::move(queue_.front());
      queue_.pop_front();
      serve_one(lock, next);
    }
    --threads_;
    ended_.notify_all();
  }

  void serve_one(std::unique_lock<std::mutex>& lock, waiting_run& next) {
    const auto now = clock::now();
    const auto at = running_.insert(
        running_.end(),
        run{next.call.handler, std::move(next.done), {}, now + next.limits.soft, now + next.limits.hard, false, false});
    watch_.notify_all();
    const auto token = at->stop.get_token();
    lock.unlock();
    auto answer = carry_out(next.call, token);
    // The job may take its handler back with the answer: nothing of it stays here.
    next.call = {};
    lock.lock();
    auto done = std::move(at->done);
    const bool was_abandoned = at->is_abandoned;
    running_.erase(at);
    if (was_abandoned)
      --stuck_;
    const auto stuck = stuck_;
    lock.unlock();
    if (was_abandoned && opts_.tell.stuck)
      opts_.tell.stuck(stuck);
    if (done)
      done(std::move(answer));
    lock.lock();
  }

  /// An abandoned run came back after another thread took its place.
  [[nodiscard]] bool is_too_many() const {
    return threads_ - stuck_ > std::max<std::size_t>(opts_.workers, 1);
  }

  void watch() {
    std::unique_lock lock{mutex_};
    while (!stopping_) {
      auto next = clock::time_point::max();
      for (const auto& one : running_)
        if (!one.is_abandoned)
          next = std::min(next, one.is_slow ? one.hard_at : std::min(one.soft_at, one.hard_at));
      if (next == clock::time_point::max())
        watch_.wait(lock);
      else if (watch_.wait_until(lock, next) == std::cv_status::timeout)
        judge(lock);
    }
  }

  void judge(std::unique_lock<std::mutex>& lock) {
    const auto now = clock::now();
    std::vector<std::string> slow;
    std::vector<std::pair<std::string, handler_runner::answered>> gone;
    for (auto& one : running_) {
      if (!one.is_slow && now >= one.soft_at) {
        one.is_slow = true;
        one.stop.request_stop();
        slow.push_back(one.handler);
      }
      if (one.is_abandoned || now < one.hard_at)
        continue;
      one.is_abandoned = true;
      one.is_slow = true;
      one.stop.request_stop();
      ++stuck_;
      gone.emplace_back(one.handler, std::exchange(one.done, nullptr));
      if (stuck_ <= opts_.most_stuck)
        add_thread();
    }
    const auto stuck = stuck_;
    lock.unlock();
    tell(slow, gone, stuck);
    lock.lock();
  }

  void tell(const std::vector<std::string>& slow, std::vector<std::pair<std::string, handler_runner::answered>>& gone,
            std::size_t stuck) {
    for (const auto& handler : slow)
      if (opts_.tell.slow)
        opts_.tell.slow(handler);
    for (auto& [handler, done] : gone) {
      if (opts_.tell.abandoned)
        opts_.tell.abandoned(handler);
      if (opts_.tell.stuck)
        opts_.tell.stuck(stuck);
      handler_answer late;
      late.abandoned = true;
      late.said = retry("the run was abandoned at its hard timeout");
      late.said.code = problem_of(errc::handler_timeout).name;
      if (done)
        done(std::move(late));
    }
  }

  options opts_;
  mutable std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable watch_;
  std::condition_variable ended_;
  std::deque<waiting_run> queue_;
  std::list<run> running_;
  std::thread watcher_;
  std::size_t threads_ = 0;
  std::size_t stuck_ = 0;
  bool stopping_ = false;
};

namespace {

template <class State>
class pool_runner final : public handler_runner {
public:
  pool_runner(std::weak_ptr<State> pool, run_limits limits) : pool_(std::move(pool)), limits_(limits) {}

  void start(handler_call call, answered done) override {
    if (auto pool = pool_.lock())
      pool->start(std::move(call), std::move(done), limits_);
  }

  void stop() override {
    if (auto pool = pool_.lock())
      pool->stop();
  }

private:
  std::weak_ptr<State> pool_;
  run_limits limits_;
};

} // namespace

worker_pool::worker_pool(options opts) : state_(std::make_shared<state>(std::move(opts))) {
  state_->begin();
}

worker_pool::~worker_pool() {
  stop();
}

std::shared_ptr<handler_runner> worker_pool::runner(run_limits limits) {
  return std::make_shared<pool_runner<state>>(state_, limits);
}

void worker_pool::stop() {
  state_->stop();
}

std::size_t worker_pool::queued() const {
  return state_->queued();
}

} // namespace weir::actors
