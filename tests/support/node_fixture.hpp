#pragma once

#include "actors/node_services.hpp"
#include "storage/memory_store.hpp"
#include "support/plan_handler.hpp"
#include "support/test_client.hpp"

#include <nlohmann/json.hpp>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::testing {

/// What became of one request; the reply may come at any later time.
struct posted {
  int answers = 0; ///< 1 once answered; anything above is a bug
  bool accepted = false;
  actors::submission_answer answer;
  actors::refusal refused;
  [[nodiscard]] std::string word() const; ///< "", "accepted", "duplicate", "processed", "dead" or the problem's name
  [[nodiscard]] sequence seq() const;     ///< of the first item
};
using posted_ptr = std::shared_ptr<posted>;

/// What became of one question.
struct asked {
  int answers = 0;
  nlohmann::json body;
  std::string problem; ///< "" when it was answered well
};
using asked_ptr = std::shared_ptr<asked>;

/// What an event may have beside job and plan.
struct event_details {
  std::string id = {}; ///< "": e1, e2, e3 ... in the order of posting
  std::string source = "api";
  std::optional<std::uint64_t> number = {};
  std::chrono::milliseconds wait{0};
  std::string key = {};
  std::string caller = "tester";
  std::string type = "work";
};

/// The whole tree of actors over a memory store, on CAF's deterministic
/// scheduler: nothing runs and no time passes unless a test says so.
///
/// Events of type "work" are handled as their payload, the plan, says: "ok",
/// "skip", "dead", "emit 2", "throw 3" (crash in the first three runs),
/// "retry 3", "later 250" (once, not before so many ms), "send JOB" (an event
/// "work" with plan "ok" into it), "after 250" (the same into this job, so many
/// ms later), "child retry_1" (an event "work" of this job with that plan),
/// "row 2"; or several of them, "row 1; retry 2". What a plan does when it
/// succeeds: a record "seen/<id>", and the state "count" grows by one.
class node_fixture {
public:
  explicit node_fixture(actors::node_options options = small());
  ~node_fixture();
  node_fixture(const node_fixture&) = delete;
  node_fixture& operator=(const node_fixture&) = delete;

  /// Four shards, no threads, no ticks that repeat themselves.
  static actors::node_options small();

  // -- from outside ------------------------------------------------------------
  posted_ptr post(const job_id& job, const std::string& plan = "ok", event_details details = {});
  posted_ptr post_all(std::vector<event> events, event_details details = {});
  [[nodiscard]] event make_event(const job_id& job, const std::string& plan, const event_details& details);
  asked_ptr ask(const std::string& verb, std::map<std::string, std::string> parameters = {}, std::string body = {});
  [[nodiscard]] client_ptr connect();

  // -- what runs -----------------------------------------------------------------
  /// Runs until nothing is left to do now.
  void settle();
  /// The same, but actors of this kind ("store_writer") do not get to run.
  void settle_without(const std::string& kind);
  /// Moves clock and timers; stops at each timer on the way and settles.
  void advance(std::chrono::microseconds by);
  /// Jumps by `by`; what is due is sent and not run.
  void jump(std::chrono::microseconds by);
  [[nodiscard]] std::size_t runnable() const;
  [[nodiscard]] std::string kind_at(std::size_t index) const;
  void run_at(std::size_t index);

  // -- faults ----------------------------------------------------------------------
  /// Ends a singleton ("ingest", "router", "broadcaster", "dead_letter",
  /// "store_reader", "history_reader", "inspector", "timer", "store_writer") or "shard:2".
  void crash(const std::string& name);
  /// Ends the runnable actor at `index`, before what is in its mailbox.
  void crash_at(std::size_t index);
  /// Ends a job that is runnable now. @returns whether it is.
  bool crash_job(const job_id& job);
  void sweep(const job_id& job); ///< the tick of the job's shard
  void drain();
  /// The process dies and starts again on the same store.
  void restart();

  // -- what is visible -----------------------------------------------------------
  [[nodiscard]] std::vector<stream_entry> stream(const job_id& job) const;
  /// The stream in one line: "e1 e2 !e3 gap(4-5) +made".
  [[nodiscard]] std::string told(const job_id& job) const;
  /// Ids of pending events, in order.
  [[nodiscard]] std::string waiting(const job_id& job) const;
  /// Runs of handlers so far: "e1#1 e2#1 e2#2".
  [[nodiscard]] std::string runs() const;
  [[nodiscard]] std::string state_of(const job_id& job) const;    ///< word of its card, "" without one
  [[nodiscard]] std::size_t count(const std::string& kind) const; ///< living actors with a card
  [[nodiscard]] std::size_t actors_alive() const;
  [[nodiscard]] timestamp now() const;

  /// Hands a tree-wide object to tests that speak to one actor directly.
  [[nodiscard]] actors::node_services& services();
  [[nodiscard]] const actors::services_ptr& shared_services() const;

  std::shared_ptr<storage::memory_store> store;
  std::shared_ptr<patient_runner> away = std::make_shared<patient_runner>(); ///< of "remote.*"
  std::shared_ptr<plan_world> world = std::make_shared<plan_world>();
  std::vector<int> fatal; ///< exit codes that the node asked for
  std::function<double()> random = [] { return 0.5; };

private:
  struct tree;
  void start_tree();
  void stop_tree();

  actors::node_options options_;
  std::shared_ptr<const handler_registry> handlers_;
  std::shared_ptr<std::vector<std::string>> runs_;
  timestamp origin_{std::chrono::seconds{1'795'000'000}};
  std::uint64_t ids_ = 0;
  std::unique_ptr<tree> tree_;
};

} // namespace weir::testing
