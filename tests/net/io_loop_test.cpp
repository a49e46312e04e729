#define CAF_SUITE net.io_loop

#include "net/io_loop.hpp"

#include "support/weir_test.hpp"

#include <boost/asio/post.hpp>

#include <future>
#include <thread>

using namespace weir;
using namespace weir::net;

namespace {

/// Notes in a list that it was woken.
struct sleeper : wakeable {
  sleeper(std::vector<int>& into, int which) : woken_ones(into), number(which) {
    // nop
  }
  void woken() override {
    woken_ones.push_back(number);
    if (then)
      then();
  }
  std::vector<int>& woken_ones;
  int number;
  std::function<void()> then;
};

/// Runs what is there, on this thread.
void run_all(io_loop& loop) {
  loop.context().restart();
  loop.context().poll();
}

} // namespace

CAF_TEST(who is woken first has the first turn) {
  io_loop loop;
  std::vector<int> woken;
  std::vector<int> expected;
  for (int i = 0; i < 1'000; ++i) {
    loop.wake(std::make_shared<sleeper>(woken, i));
    expected.push_back(i);
  }
  CAF_CHECK(woken.empty());
  run_all(loop);
  CAF_CHECK(woken == expected);
}

CAF_TEST(others have turns between many who are woken) {
  io_loop loop;
  std::vector<int> woken;
  for (int i = 0; i < 1'000; ++i)
    loop.wake(std::make_shared<sleeper>(woken, i));
  std::size_t before = 0;
  boost::asio::post(loop.context(), [&] { before = woken.size(); });
  run_all(loop);
  CAF_CHECK(before > 0 && before < 100);
  CAF_CHECK_EQUAL(woken.size(), 1'000u);
}

CAF_TEST(who wakes others while being woken wakes them) {
  io_loop loop;
  std::vector<int> woken;
  auto second = std::make_shared<sleeper>(woken, 2);
  auto first = std::make_shared<sleeper>(woken, 1);
  first->then = [&] {
    loop.wake(second);
    if (woken.size() == 1)
      loop.wake(first);
  };
  loop.wake(first);
  run_all(loop);
  CAF_CHECK(woken == (std::vector{1, 2, 1, 2}));
  loop.wake(second);
  run_all(loop);
  CAF_CHECK_EQUAL(woken.size(), 5u);
}

CAF_TEST(nobody is forgotten when several threads wake) {
  constexpr int each = 5'000;
  std::vector<int> woken;
  std::promise<void> all;
  io_loop loop;
  loop.start();
  auto wake_many = [&] {
    for (int i = 0; i < each; ++i) {
      auto one = std::make_shared<sleeper>(woken, i);
      one->then = [&] {
        if (woken.size() == 3 * each)
          all.set_value();
      };
      loop.wake(std::move(one));
    }
  };
  std::thread others[] = {std::thread{wake_many}, std::thread{wake_many}};
  wake_many();
  for (auto& other : others)
    other.join();
  all.get_future().wait();
  loop.stop();
  CAF_CHECK_EQUAL(woken.size(), std::size_t{3} * each);
}

CAF_TEST(what was cancelled last is told of behind the end of the thread) {
  io_loop loop;
  auto cancelled = false;
  io_timer timer{loop.context()};
  timer.expires_after(std::chrono::hours{1});
  timer.async_wait([&](boost::system::error_code ec) { cancelled = static_cast<bool>(ec); });
  loop.start();
  loop.stop();
  timer.cancel();
  CAF_CHECK(!cancelled);
  loop.run_rest();
  CAF_CHECK(cancelled);
}

CAF_TEST(a loop that is over keeps nobody) {
  io_loop loop;
  std::vector<int> woken;
  auto late = std::make_shared<sleeper>(woken, 1);
  auto first = std::make_shared<sleeper>(woken, 2);
  // What wakes others while the rest runs is still served.
  first->then = [&] { loop.wake(late); };
  loop.wake(first);
  loop.start();
  loop.stop();
  loop.run_rest();
  CAF_CHECK(woken == (std::vector{2, 1}));
  loop.wake(late);
  CAF_CHECK_EQUAL(late.use_count(), 1);
  CAF_CHECK_EQUAL(first.use_count(), 1);
}
