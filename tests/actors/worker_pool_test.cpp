#define CAF_SUITE actors.worker_pool
#include "actors/worker_pool.hpp"

#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <atomic>
#include <condition_variable>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <vector>

using namespace weir;
using namespace weir::actors;
using namespace std::chrono_literals;
using weir_test::sample_event;

namespace {

/// Ends only when it is told to.
struct gate {
  void open() {
    std::lock_guard guard{mutex};
    is_open = true;
    changed.notify_all();
  }
  void wait() {
    std::unique_lock lock{mutex};
    changed.wait(lock, [this] { return is_open; });
  }
  std::mutex mutex;
  std::condition_variable changed;
  bool is_open = false;
};

class scripted final : public handler {
public:
  explicit scripted(std::function<outcome(context&)> what) : what_(std::move(what)) {}
  outcome handle(const event&, context& ctx) override {
    return what_(ctx);
  }

private:
  std::function<outcome(context&)> what_;
};

handler_call call_of(std::function<outcome(context&)> what) {
  return {"h", sample_event("e1"), 1, 1, "", std::make_shared<scripted>(std::move(what))};
}

std::future<handler_answer> start(handler_runner& runner, std::function<outcome(context&)> what) {
  auto promise = std::make_shared<std::promise<handler_answer>>();
  auto answer = promise->get_future();
  runner.start(call_of(std::move(what)), [promise](handler_answer got) { promise->set_value(std::move(got)); });
  return answer;
}

worker_pool::options options(std::size_t workers) {
  worker_pool::options out;
  out.workers = workers;
  return out;
}

} // namespace

CAF_TEST(a run gives its outcome and effects) {
  worker_pool pool{options(1)};
  auto runner = pool.runner({});
  auto answer = start(*runner, [](context& ctx) {
    ctx.put_record("c", "k", 7);
    return ok();
  });
  const auto got = answer.get();
  CAF_CHECK(got.said.what == outcome::kind::ok);
  CAF_CHECK_EQUAL(got.wanted.records.at(0).document, "7");
  CAF_CHECK(!got.threw && !got.abandoned);
}

CAF_TEST(an exception is told as a crash) {
  worker_pool pool{options(1)};
  auto runner = pool.runner({});
  const auto got = start(*runner, [](context&) -> outcome { throw std::runtime_error("boom"); }).get();
  CAF_CHECK(got.threw);
  CAF_CHECK_EQUAL(got.said.detail, "boom");
}

CAF_TEST(as many run at once as there are workers) {
  worker_pool pool{options(2)};
  auto runner = pool.runner({});
  gate both;
  std::promise<void> first;
  std::promise<void> second;
  auto one = start(*runner, [&](context&) {
    first.set_value();
    both.wait();
    return ok();
  });
  auto two = start(*runner, [&](context&) {
    second.set_value();
    both.wait();
    return ok();
  });
  auto three = start(*runner, [](context&) { return ok(); });
  first.get_future().get();
  second.get_future().get();
  CAF_CHECK_EQUAL(pool.queued(), 1U);
  both.open();
  one.get();
  two.get();
  three.get();
}

CAF_TEST(after the soft limit a run is asked to stop) {
  auto opts = options(1);
  std::promise<std::string> slow;
  opts.tell.slow = [&](const std::string& handler) { slow.set_value(handler); };
  worker_pool pool{std::move(opts)};
  auto runner = pool.runner({20ms, 1h});
  const auto got = start(*runner, [](context& ctx) {
                     std::mutex guard;
                     std::unique_lock lock{guard};
                     std::condition_variable_any{}.wait(lock, ctx.stop(), [] { return false; });
                     return retry("stopped");
                   }).get();
  CAF_CHECK_EQUAL(got.said.detail, "stopped");
  CAF_CHECK(!got.abandoned);
  CAF_CHECK_EQUAL(slow.get_future().get(), "h");
}

CAF_TEST(after the hard limit a run is abandoned and others go on) {
  auto opts = options(1);
  std::mutex guard;
  std::vector<std::size_t> stuck;
  std::promise<void> freed;
  opts.tell.stuck = [&](std::size_t count) {
    std::lock_guard lock{guard};
    stuck.push_back(count);
    if (count == 0)
      freed.set_value();
  };
  worker_pool pool{std::move(opts)};
  auto runner = pool.runner({10ms, 30ms});
  auto hold = std::make_shared<gate>();
  auto late = std::make_shared<std::atomic<int>>(0);
  auto hung = start(*runner, [hold, late](context&) {
    hold->wait();
    ++*late;
    return ok();
  });
  auto other = start(*runner, [](context&) { return ok(); });
  const auto got = hung.get();
  CAF_CHECK(got.abandoned);
  CAF_CHECK_EQUAL(got.said.code, "handler-timeout");
  CAF_CHECK(got.said.what == outcome::kind::retry);
  // The only worker still hangs: another one took its place.
  CAF_CHECK(other.get().said.what == outcome::kind::ok);
  CAF_CHECK_EQUAL(late->load(), 0);
  hold->open();
  freed.get_future().get();
  // What it said late went nowhere: a promise cannot be set twice.
  CAF_CHECK_EQUAL(late->load(), 1);
  std::lock_guard lock{guard};
  CAF_CHECK(stuck == (std::vector<std::size_t>{1, 0}));
}

CAF_TEST(a pool that stops leaves hanging runs behind and answers nobody) {
  auto opts = options(1);
  opts.stop_grace = 10ms;
  auto hold = std::make_shared<gate>();
  auto answers = std::make_shared<std::atomic<int>>(0);
  auto began = std::make_shared<std::promise<void>>();
  std::shared_ptr<handler_runner> runner;
  {
    worker_pool pool{std::move(opts)};
    runner = pool.runner({});
    runner->start(call_of([hold, began](context&) {
                    began->set_value();
                    hold->wait();
                    return ok();
                  }),
                  [answers](handler_answer) { ++*answers; });
    runner->start(call_of([](context&) { return ok(); }), [answers](handler_answer) { ++*answers; });
    began->get_future().get();
    pool.stop();
  }
  hold->open();
  runner->start(call_of([](context&) { return ok(); }), [answers](handler_answer) { ++*answers; });
  CAF_CHECK_EQUAL(answers->load(), 0);
}
