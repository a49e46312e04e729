#pragma once

#include "domain/processor.hpp"
#include "domain/testing/harness.hpp"

#include <deque>
#include <set>

namespace weir::testing {

/// Everything behind a harness. Private to it.
struct harness::world {
  explicit world(std::shared_ptr<const handler_registry> of) : handlers(std::move(of)) {}

  struct waiting_event {
    event_ptr body;
    std::vector<attempt> failed;
  };

  struct one_job {
    std::vector<stream_entry> stream;
    std::map<std::string, std::string, std::less<>> states;
    std::unique_ptr<processor> runner; ///< null: made anew at the next run
    std::deque<waiting_event> queue;
    std::optional<timestamp> due; ///< when the front of the queue runs again
    bool parked = false;
  };

  event_report send(event what);
  /// Moves the clock to the next thing that is due until `limit`. @returns whether there was one.
  bool step_until(timestamp limit);
  [[nodiscard]] event_report report(std::string_view id) const;
  [[nodiscard]] const one_job* find(std::string_view job) const;

  std::shared_ptr<const handler_registry> handlers;
  std::function<handler_answer(const handler_call&)> outside;
  timestamp now = std::chrono::sys_days{std::chrono::year{2026} / 1 / 1};
  std::map<job_id, one_job, std::less<>> jobs;
  std::map<std::string, job_id, std::less<>> job_of; ///< by id of the event
  std::set<std::pair<std::string, std::string>> seen;
  std::deque<job_id> runnable;
  std::vector<timer> timers; ///< ascending
  std::vector<made_event> outgoing;
  std::map<std::pair<std::string, std::string>, json> records;
  std::vector<sink_row> rows;
  std::vector<dead_letter> letters;
  std::vector<std::pair<job_id, sequence>> emitted; ///< in the order of their commits
  std::uint64_t accepted = 0;

private:
  void accept(event what);
  void run_all();
  void run_front(const job_id& name, one_job& job);
  [[nodiscard]] std::optional<processed_event> try_front(one_job& job);
  [[nodiscard]] std::unique_ptr<processor> make_runner(const one_job& job) const;
  [[nodiscard]] handler_answer answer(const handler_call& call) const;
  void commit(const job_id& name, one_job& job, processed_event done);
};

} // namespace weir::testing
