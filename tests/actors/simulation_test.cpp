#define CAF_SUITE actors.simulation
#include "support/node_fixture.hpp"
#include "support/stream_checks.hpp"
#include "support/stream_viewer.hpp"
#include "support/weir_test.hpp"

#include <fmt/format.h>

#include <cstdlib>
#include <random>

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

/// Random faults: how often in 1000 actions.
struct weights {
  int post = 130, time = 40, crash = 8, service = 3, disk = 6, lost = 1, restart = 1, operate = 10, view = 60,
      sweep = 5;
};

/// One life of a node under a seed: the order of messages, the faults and the
/// time are drawn from it, so that a failing seed plays again exactly.
class simulation {
public:
  explicit simulation(std::uint64_t seed) : dice_(seed), node_(options()) {
    node_.random = [this] { return static_cast<double>(draw(1000)) / 1000.0; };
  }

  /// @returns what is wrong in the end, "" when nothing is.
  std::string run() {
    for (auto actions = 400 + draw(400); actions > 0; --actions)
      act();
    if (auto wrong = heal(); !wrong.empty())
      return wrong;
    return judge();
  }

private:
  struct sent {
    event body;
    posted_ptr reply;
    bool may_vanish = false; ///< a second event under a number that is taken
  };

  std::uint64_t draw(std::uint64_t below) {
    return dice_() % below;
  }

  actors::node_options options() {
    auto out = node_fixture::small();
    out.job_window = 2 + draw(7);
    out.commit_entries = 1 + draw(5);
    out.max_active_jobs = draw(3) == 0 ? 1 : 1000;
    out.sequencing.reorder_window = 3 + draw(5);
    out.sequencing.reorder_wait = 500ms;
    return out;
  }

  job_id any_job() {
    return "j" + std::to_string(draw(5));
  }

  // -- what happens ----------------------------------------------------------------

  void act() {
    if (!node_.fatal.empty())
      restart();
    weights often;
    auto dice = static_cast<int>(draw(1000));
    auto hits = [&dice](int weight) {
      dice -= weight;
      return dice < 0 && dice >= -weight;
    };
    if (hits(often.post))
      send_something();
    else if (hits(often.time))
      node_.jump(std::chrono::milliseconds{draw(3) == 0 ? draw(20'000) : draw(600)});
    else if (hits(often.crash))
      crash_somebody();
    else if (hits(often.service))
      crash_service();
    else if (hits(often.disk))
      fill_disk(1 + draw(6));
    else if (hits(often.lost))
      lose_store();
    else if (hits(often.restart))
      restart();
    else if (hits(often.operate))
      node_.ask(draw(2) == 0 ? "job.pause" : "job.resume", {{"job", any_job()}});
    else if (hits(often.view))
      view_something();
    else if (hits(often.sweep))
      node_.sweep(any_job());
    else if (node_.runnable() > 0)
      node_.run_at(draw(node_.runnable()));
  }

  std::string any_plan() {
    auto dice = draw(100);
    if (dice < 68)
      return "ok";
    if (dice < 76)
      return "emit 2";
    if (dice < 84)
      return "retry " + std::to_string(1 + draw(2));
    if (dice < 86)
      return "retry 99";
    if (dice < 92)
      return "throw " + std::to_string(1 + draw(2));
    if (dice < 94)
      return "throw 99";
    return dice < 97 ? "dead" : "skip";
  }

  void send_something() {
    if (draw(8) == 0 && !sent_.empty()) {
      send_again(sent_[draw(sent_.size())]);
      return;
    }
    event_details details;
    auto job = any_job();
    bool copies = false;
    if (draw(2) == 0) {
      details.source = draw(2) == 0 ? "s1" : "s2";
      auto& next = numbers_[job + details.source];
      // Mostly the next number, at times one ahead (the hole is filled from
      // `postponed_` or never), at times one that is taken.
      copies = next > 0 && draw(20) == 0;
      details.number = copies ? draw(next) : next++;
    }
    auto body = node_.make_event(job, any_plan(), details);
    if (details.number && !copies && draw(4) == 0) {
      if (draw(5) != 0)
        postponed_.push_back(std::move(body));
      return;
    }
    sent_.push_back({body, nullptr, copies});
    send_again(sent_.back());
    if (postponed_.empty() || draw(2) == 0)
      return;
    auto which = postponed_.begin() + static_cast<std::ptrdiff_t>(draw(postponed_.size()));
    sent_.push_back({std::move(*which), nullptr, false});
    postponed_.erase(which);
    send_again(sent_.back());
  }

  /// As clients do: the same id until there is a good answer.
  void send_again(sent& what) {
    if (what.reply && what.reply->answers == 0)
      return;
    event_details details;
    details.wait = draw(3) == 0 ? 1s : 0s;
    what.reply = node_.post_all({what.body}, details);
    replies_.push_back(what.reply);
  }

  void crash_somebody() {
    if (node_.runnable() == 0)
      return;
    auto index = draw(node_.runnable());
    auto kind = node_.kind_at(index);
    // These two end the process, which `lose_store` and `restart` stand for.
    if (kind != "store_writer" && kind != "node_supervisor")
      node_.crash_at(index);
  }

  void crash_service() {
    static const std::vector<std::string> names{"ingest",    "router",       "broadcaster",    "dead_letter",
                                                "inspector", "store_reader", "history_reader", "shard:0",
                                                "shard:1",   "shard:2",      "shard:3"};
    node_.crash(names[draw(names.size())]);
  }

  void fill_disk(std::uint64_t writes) {
    node_.store->before_write = [writes](const auto&) mutable {
      return writes-- > 0 ? std::optional<error>{fail(errc::disk_full, "no room")} : std::nullopt;
    };
  }

  void lose_store() {
    node_.store->before_write = [](const auto&) {
      return std::optional<error>{fail(errc::storage_unavailable, "input/output error")};
    };
  }

  void restart() {
    node_.store->before_write = nullptr;
    node_.fatal.clear();
    node_.restart();
    for (auto& viewer : viewers_)
      viewer.drop();
  }

  void view_something() {
    if (viewers_.size() < 4) {
      viewers_.emplace_back(any_job(), draw(2) == 0 ? 0 : 1 + draw(4));
      return;
    }
    auto& viewer = viewers_[draw(viewers_.size())];
    if (!viewer.read())
      viewer.connect(node_, 1 + draw(5));
    else if (draw(8) == 0)
      viewer.drop();
    else if (draw(2) == 0)
      viewer.acknowledge();
    else
      viewer.drink(1 + draw(10));
  }

  // -- the end -----------------------------------------------------------------------

  std::string heal() {
    restart_if_fatal();
    node_.store->before_write = nullptr;
    for (auto& body : std::exchange(postponed_, {}))
      sent_.push_back({std::move(body), nullptr, false});
    std::string left;
    for (int round = 0; round < 60; ++round) {
      for (auto& what : sent_)
        if (!what.reply || (what.reply->answers > 0 && !what.reply->accepted))
          send_again(what);
      for (int i = 0; i < 5; ++i) {
        auto job = "j" + std::to_string(i);
        if (node_.store->load_job(job)->mode != job_mode::active)
          node_.ask("job.resume", {{"job", job}});
        node_.sweep(job);
      }
      node_.advance(60s);
      restart_if_fatal();
      for (auto& viewer : viewers_) {
        if (!viewer.read())
          viewer.connect(node_);
        viewer.acknowledge();
        viewer.drink(1'000'000);
      }
      node_.settle();
      left = unfinished();
      if (left.empty() && round > 2)
        return "";
    }
    return left;
  }

  void restart_if_fatal() {
    if (!node_.fatal.empty())
      restart();
  }

  std::string unfinished() {
    for (const auto& what : sent_)
      if (!what.reply || !what.reply->accepted)
        return "not acknowledged: " + what.body.id;
    for (int i = 0; i < 5; ++i) {
      auto job = "j" + std::to_string(i);
      if (auto waiting = node_.waiting(job); !waiting.empty())
        return fmt::format("job {} ({}) waits with {}", job, node_.state_of(job), waiting);
    }
    for (auto& viewer : viewers_) {
      viewer.read();
      viewer.acknowledge();
      if (auto wrong = viewer.complaint(node_); !wrong.empty())
        return wrong;
    }
    return "";
  }

  std::string judge() {
    for (const auto& reply : replies_)
      if (reply->answers != 1)
        return fmt::format("a request was answered {} times", reply->answers);
    std::map<std::string, sequence> where;
    for (int i = 0; i < 5; ++i) {
      auto job = "j" + std::to_string(i);
      if (auto wrong = wrong_with_stream(node_, job); !wrong.empty())
        return wrong;
      for (const auto& entry : node_.stream(job))
        if (entry.kind == entry_kind::event || entry.kind == entry_kind::dead)
          where[entry.body->body.id] = entry.seq;
    }
    for (const auto& what : sent_)
      if (!where.contains(what.body.id) && !(what.may_vanish || is_number_taken(what)))
        return "acknowledged and nowhere: " + what.body.id;
    for (const auto& reply : replies_)
      for (const auto& item : reply->answer.items)
        if (item.seq != 0 && where[item.id] != item.seq)
          return fmt::format("{} was told to be number {} and is {}", item.id, item.seq, where[item.id]);
    if (auto report = node_.store->verify({}); !report || !report->findings.empty())
      return "the store is not sound";
    if (node_.services().health.backlog != 0)
      return fmt::format("a backlog of {} is left", node_.services().health.backlog.load());
    return "";
  }

  /// Whether another event under the same number came first.
  bool is_number_taken(const sent& what) const {
    for (const auto& other : sent_)
      if (other.may_vanish && other.body.job == what.body.job && other.body.source == what.body.source &&
          other.body.source_seq == what.body.source_seq)
        return true;
    return false;
  }

  std::mt19937_64 dice_;
  node_fixture node_;
  std::vector<sent> sent_;
  std::vector<event> postponed_;
  std::vector<posted_ptr> replies_;
  std::vector<stream_viewer> viewers_;
  std::map<std::string, std::uint64_t> numbers_;
};

std::uint64_t number_from_environment(const char* name, std::uint64_t otherwise) {
  const auto* text = std::getenv(name);
  return text ? std::stoull(text) : otherwise;
}

} // namespace

// WEIR_SIM_SEED plays one seed again; WEIR_SIM_SEEDS plays as many as it says.
CAF_TEST(nothing accepted is lost or doubled or out of order whatever fails) {
  auto first = number_from_environment("WEIR_SIM_SEED", 1);
  auto count = number_from_environment("WEIR_SIM_SEEDS", std::getenv("WEIR_SIM_SEED") ? 1 : 200);
  for (auto seed = first; seed < first + count; ++seed) {
    auto wrong = simulation{seed}.run();
    if (!wrong.empty())
      fmt::print(stderr, "seed {}: {}\n", seed, wrong);
    CAF_CHECK_EQUAL(wrong, "");
  }
}
