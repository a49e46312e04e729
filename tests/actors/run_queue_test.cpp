#define CAF_SUITE actors.run_queue
#include "actors/run_queue.hpp"

#include "support/weir_test.hpp"

#include <caf/all.hpp>
#include <caf/scheduler/coordinator.hpp>

#include <atomic>
#include <thread>
#include <vector>

using namespace weir;
using namespace weir::actors;

namespace {

/// Something to run that is only looked at.
struct mark : caf::resumable {
  resume_result resume(caf::execution_unit* /*host*/, std::size_t /*most*/) override {
    return done;
  }
  void intrusive_ptr_add_ref_impl() override {
    // nop
  }
  void intrusive_ptr_release_impl() override {
    // nop
  }
};

} // namespace

CAF_TEST(who comes first runs first) {
  run_queue queue;
  std::vector<mark> marks(3);
  CAF_CHECK(queue.try_pop() == nullptr);
  for (auto& one : marks)
    queue.push(&one);
  CAF_CHECK(queue.pop() == &marks[0]);
  CAF_CHECK(queue.try_pop() == &marks[1]);
  CAF_CHECK(queue.pop() == &marks[2]);
  CAF_CHECK(queue.try_pop() == nullptr);
}

CAF_TEST(threads that wait get all that is pushed and each once) {
  constexpr std::size_t threads = 4;
  constexpr std::size_t rounds = 20'000;
  run_queue queue;
  std::vector<mark> marks(rounds);
  std::vector<mark> ends(threads);
  std::atomic<std::size_t> taken{0};
  std::vector<std::thread> workers;
  for (std::size_t i = 0; i < threads; ++i)
    workers.emplace_back([&] {
      for (;;) {
        auto* job = queue.pop();
        if (job >= ends.data() && job < ends.data() + threads)
          return;
        ++taken;
        // Now and then all of them fall asleep.
        if (job == &marks[taken % rounds])
          std::this_thread::yield();
      }
    });
  for (auto& one : marks)
    queue.push(&one);
  for (auto& end : ends)
    queue.push(&end);
  for (auto& worker : workers)
    worker.join();
  CAF_CHECK_EQUAL(taken.load(), rounds);
  CAF_CHECK(queue.try_pop() == nullptr);
}

CAF_TEST(actors of a system run over it) {
  caf::actor_system_config config;
  use_run_queue(config, 3);
  caf::actor_system system{config};
  CAF_CHECK(dynamic_cast<caf::scheduler::coordinator<run_queue_policy>*>(&system.scheduler()) != nullptr);
  CAF_CHECK_EQUAL(system.scheduler().num_workers(), 3u);
  CAF_CHECK_EQUAL(system.scheduler().max_throughput(), 100u);
  std::atomic<int> heard{0};
  std::vector<caf::actor> chain;
  for (int i = 0; i < 50; ++i)
    chain.push_back(system.spawn(
        [&heard, next = chain.empty() ? caf::actor{} : chain.back()](caf::event_based_actor* self) -> caf::behavior {
          return {[&heard, next, self](int left) {
            ++heard;
            if (next)
              self->send(next, left);
            self->quit();
          }};
        }));
  caf::anon_send(chain.back(), 1);
  chain.clear();
  system.await_all_actors_done();
  CAF_CHECK_EQUAL(heard.load(), 50);
}
