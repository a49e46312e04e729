#define CAF_SUITE actors.job_random
#include "support/node_fixture.hpp"
#include "support/seeded_dice.hpp"
#include "support/stream_checks.hpp"
#include "support/weir_test.hpp"

#include <fmt/format.h>

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

const std::vector<job_id> jobs{"a", "b", "c"};

/// Handlers that say and want anything, over real jobs in a random order of
/// messages. What must be true is looked at after every single write.
class random_outcomes {
public:
  explicit random_outcomes(std::uint64_t seed) : dice_(seed), node_(options()) {
    node_.store->before_write = [this](const auto&) {
      has_written_ = true;
      return std::optional<error>{};
    };
  }

  /// @returns what is wrong, "" when nothing is.
  std::string run() {
    for (auto actions = 40 + dice_.draw(90); actions > 0; --actions) {
      act();
      if (auto wrong = judge_write(); !wrong.empty())
        return wrong;
    }
    for (int round = 0; node_.store->stats().pending + node_.store->stats().timers > 0; ++round) {
      if (round == 200)
        return "does not come to an end";
      if (auto wrong = finish(); !wrong.empty())
        return wrong;
    }
    return wrong_with_caused(node_, jobs);
  }

private:
  actors::node_options options() {
    auto out = node_fixture::small();
    out.job_window = 1 + dice_.draw(6);
    out.commit_entries = 1 + dice_.draw(6);
    // Incidents have their own tests; here every failed run counts.
    out.breaker.jobs = 0;
    return out;
  }

  void act() {
    const auto dice = dice_.draw(100);
    if (dice < 25) {
      event_details details;
      details.type = dice_.once_in(5) ? "strict" : "work";
      node_.post(any_job(), any_plan(), details);
    } else if (dice < 30) {
      node_.jump(std::chrono::milliseconds{dice_.draw(3'000)});
    } else if (dice < 31) {
      node_.ask("job.resume", {{"job", any_job()}});
    } else if (node_.runnable() > 0) {
      node_.run_at(dice_.draw(node_.runnable()));
    }
  }

  /// Step by step as well: between two of them nothing may be half done.
  std::string finish() {
    for (const auto& job : jobs)
      if (node_.store->load_job(job)->mode != job_mode::active) {
        if (dice_.once_in(2))
          node_.ask("job.skip", {{"job", job}});
        node_.ask("job.resume", {{"job", job}});
      }
    while (node_.runnable() > 0) {
      node_.run_at(dice_.draw(node_.runnable()));
      if (auto wrong = judge_write(); !wrong.empty())
        return wrong;
    }
    node_.jump(10s);
    return "";
  }

  job_id any_job() {
    return jobs[dice_.draw(jobs.size())];
  }

  std::string any_plan() {
    auto out = any_end();
    for (auto effects = dice_.draw(4); effects > 0; --effects)
      out += "; " + any_effect();
    return out;
  }

  std::string any_end() {
    switch (dice_.draw(16)) {
    case 0:
      return "skip";
    case 1:
      return "dead";
    case 2:
      return fmt::format("retry {}", 1 + dice_.draw(3));
    case 3:
      return "retry 99";
    case 4:
      return fmt::format("throw {}", 1 + dice_.draw(3));
    case 5:
      return dice_.once_in(2) ? "throw 99" : "throw 4; retry 5";
    case 6:
      return fmt::format("later {}", dice_.draw(10'000));
    case 7:
      return "child retry_1";
    case 8:
      return dice_.once_in(2) ? "child dead" : "child skip";
    case 9:
      return "child throw_1";
    default:
      return "ok";
    }
  }

  std::string any_effect() {
    switch (dice_.draw(5)) {
    case 0:
      return fmt::format("emit {}", 1 + dice_.draw(3));
    case 1:
      return "send " + any_job();
    case 2:
      return fmt::format("after {}", dice_.draw(5'000));
    case 3:
      return "child row_2";
    default:
      return "row 1";
    }
  }

  std::string judge_write() {
    if (!std::exchange(has_written_, false))
      return "";
    for (const auto& job : jobs)
      if (auto wrong = wrong_with_stream(node_, job); !wrong.empty())
        return wrong;
    return wrong_with_sum(node_, jobs, 0);
  }

  seeded_dice dice_;
  node_fixture node_;
  bool has_written_ = false;
};

} // namespace

// WEIR_JOB_RANDOM_SEED plays one seed again; WEIR_JOB_RANDOM_SEEDS plays as many as it says.
CAF_TEST(after every write streams are dense and effects are once and nothing is missing) {
  const auto seeds = seeds_to_play("WEIR_JOB_RANDOM", 60);
  for (auto seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    const auto wrong = random_outcomes{seed}.run();
    if (!wrong.empty())
      fmt::print(stderr, "seed {}: {}\n", seed, wrong);
    CAF_CHECK_EQUAL(wrong, "");
  }
}
