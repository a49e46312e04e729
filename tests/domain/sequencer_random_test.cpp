#define CAF_SUITE domain.sequencer_random
#include "domain/sample_event.hpp"
#include "domain/sequencer.hpp"
#include "support/weir_test.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <vector>

using namespace weir;
using weir_test::at;
using weir_test::numbered_event;
using kind = sequencing_step::kind;
using std::chrono::milliseconds;

namespace {

/// A job with a store that commits now and then and a sequencer that is lost
/// now and then. What was not committed happens again.
class simulated_job {
public:
  simulated_job(sequencing_options options, std::mt19937_64& random) : options_(options), random_(random) {
    reload();
  }

  void arrive(const event_ptr& body) {
    pending_.push_back(body);
    sequencer_->offer(body);
  }

  void work(timestamp now, bool to_the_end) {
    while (to_the_end || random_() % 8 != 0) {
      auto step = sequencer_->next(now);
      if (!step)
        return;
      steps_.push_back(*step);
      if (random_() % 10 == 0)
        commit();
      else if (!to_the_end && random_() % 40 == 0)
        reload();
    }
  }

  void commit() {
    cursors_ = sequencer_->cursors();
    for (const auto& step : steps_)
      std::erase(pending_, step.body);
    committed_.insert(committed_.end(), steps_.begin(), steps_.end());
    steps_.clear();
  }

  void reload() {
    steps_.clear();
    sequencer_.emplace(options_, cursors_);
    for (const auto& body : pending_)
      sequencer_->offer(body);
  }

  const std::vector<sequencing_step>& committed() const {
    return committed_;
  }
  const std::vector<event_ptr>& pending() const {
    return pending_;
  }
  std::size_t held() const {
    return sequencer_->held();
  }

private:
  sequencing_options options_;
  std::mt19937_64& random_;
  source_cursors cursors_;
  std::vector<event_ptr> pending_;
  std::vector<sequencing_step> steps_;
  std::vector<sequencing_step> committed_;
  std::optional<sequencer> sequencer_;
};

/// Events of a few sources: numbers left out, sent twice and out of order.
std::vector<event_ptr> make_arrivals(std::mt19937_64& random) {
  std::vector<std::pair<std::uint64_t, std::pair<std::string, std::uint64_t>>> order;
  for (const std::string source : {"a", "b", "c"}) {
    const std::uint64_t spread = 1 + random() % 30;
    for (std::uint64_t number = random() % 2; number <= 40; ++number) {
      const auto copies = random() % 8 == 0 ? 0 : random() % 8 == 0 ? 2 + random() % 2 : 1;
      for (std::uint64_t copy = 0; copy < copies; ++copy)
        order.push_back({number * 4 + random() % (spread * 4), {source, number}});
    }
  }
  std::stable_sort(order.begin(), order.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<event_ptr> out;
  for (const auto& [when, what] : order) {
    const auto position = out.size() + 1;
    out.push_back(numbered_event(what.first, what.second, at(milliseconds{position * 10}), position));
  }
  return out;
}

struct history {
  std::map<log_position, int> ends;                           ///< per event
  std::map<std::pair<std::string, std::uint64_t>, int> taken; ///< released or late
  std::map<std::string, std::set<std::uint64_t>> missing;     ///< declared
  std::map<std::string, std::uint64_t> last;                  ///< released
  int disorder = 0;
  int unfounded = 0; ///< duplicate without a first, late without a gap
};

history read_history(const std::vector<sequencing_step>& steps) {
  history out;
  std::set<std::pair<std::string, std::uint64_t>> duplicates;
  for (const auto& step : steps) {
    if (step.what == kind::gap) {
      for (auto number = step.missing.from; number <= step.missing.to; ++number)
        out.missing[step.source].insert(number);
      continue;
    }
    const auto number = *step.body->body.source_seq;
    ++out.ends[step.body->position];
    if (step.what == kind::duplicate) {
      duplicates.insert({step.source, number});
      continue;
    }
    ++out.taken[{step.source, number}];
    if (step.what == kind::late) {
      out.unfounded += number != 0 && !out.missing[step.source].contains(number);
      continue;
    }
    const auto last = out.last.find(step.source);
    out.disorder += last != out.last.end() && last->second >= number;
    out.disorder += out.missing[step.source].contains(number);
    out.last[step.source] = number;
  }
  for (const auto& which : duplicates)
    out.unfounded += !out.taken.contains(which);
  return out;
}

/// What is wrong with a finished run, or "".
std::string verdict(const simulated_job& job, const std::vector<event_ptr>& arrivals) {
  const auto once = [](const auto& one) { return one.second == 1; };
  const auto seen = read_history(job.committed());
  if (job.held() != 0 || !job.pending().empty())
    return "events are left";
  if (seen.ends.size() != arrivals.size() || !std::all_of(seen.ends.begin(), seen.ends.end(), once))
    return "an event ended never or twice";
  // Of all copies of a number one counts: handled, or kept as a dead letter.
  std::set<std::pair<std::string, std::uint64_t>> sent;
  for (const auto& body : arrivals)
    sent.insert({body->body.source, *body->body.source_seq});
  if (seen.taken.size() != sent.size() || !std::all_of(seen.taken.begin(), seen.taken.end(), once))
    return "a number counted never or twice";
  if (seen.disorder != 0)
    return "a source's numbers were released out of order";
  if (seen.unfounded != 0)
    return "a duplicate without a first or late without a gap";
  // No hole without a word: below the last released, all is accounted for.
  for (const auto& [source, last] : seen.last) {
    const auto declared = seen.missing.find(source);
    for (std::uint64_t number = 1; number <= last; ++number) {
      const bool missing = declared != seen.missing.end() && declared->second.contains(number);
      if (!missing && !seen.taken.contains({source, number}))
        return "number " + std::to_string(number) + " of " + source + " vanished";
    }
  }
  return "";
}

} // namespace

CAF_TEST(every event ends exactly once whatever the order and however often the job is lost) {
  const std::uint64_t base = std::random_device{}();
  for (std::uint64_t round = 0; round < 300; ++round) {
    const auto seed = "seed " + std::to_string(base + round) + ": ";
    std::mt19937_64 random{base + round};
    const sequencing_options options{random() % 12, milliseconds{random() % 400}, gap_policy::gap};
    const auto arrivals = make_arrivals(random);
    simulated_job job{options, random};
    for (const auto& body : arrivals) {
      job.arrive(body);
      job.work(body->accepted_at, false);
    }
    job.work(at(std::chrono::hours{1}), true);
    job.commit();
    CAF_CHECK_EQUAL(seed + verdict(job, arrivals), seed);
  }
}
