#pragma once

#include "storage/memory_store.hpp"

#include <map>
#include <optional>
#include <set>
#include <shared_mutex>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace weir::storage {

using commit_ptr = std::shared_ptr<const job_commit>;

/// What a memory store holds.
struct memory_contents {
  struct stream_item {
    stream_entry entry;
    commit_ptr commit;
    std::shared_ptr<const std::vector<event_ptr>> sent; ///< by the commit, into other jobs
  };
  struct job_row {
    job_snapshot facts; ///< without states and has_pending
    std::uint64_t fence = 0;
    std::map<std::string, std::string> states;
    std::vector<stream_item> entries; ///< index = seq - 1
    std::map<log_position, pending_event> pending;
  };
  struct event_row {
    event_ptr body;
    job_id job;
    sequence seq = 0;
    std::string status;
    std::vector<attempt> attempts; ///< failed runs before the last one
    std::uint64_t order = 0;       ///< grows: which row of an id is the newest
  };
  struct remembered_answer {
    std::string fingerprint;
    timestamp at{};
    std::vector<appended_item> items; ///< without bodies
    std::vector<std::string> sources; ///< one per item
  };
  using event_key = std::pair<std::string, std::string>; ///< id, source

  log_position next_position = 1;
  std::uint64_t next_order = 1;
  std::uint64_t pending_bytes = 0;
  std::map<job_id, job_row> jobs;
  std::set<job_id> unfinished;
  std::map<event_key, event_row> events;
  std::map<log_position, event_ptr> accepted;
  std::map<std::pair<std::string, std::string>, std::string> records;
  std::map<std::string, dead_letter> letters;
  std::map<std::string, remembered_answer> answers;
  std::map<std::tuple<std::string, job_id, sequence, std::uint64_t>, outbox_row> outbox;
  std::map<std::pair<timestamp, std::string>, event> timers; ///< by due time and id

  [[nodiscard]] static job_snapshot snapshot_of(const job_row& row);
  [[nodiscard]] job_snapshot snapshot_with_states(const job_id& job) const;
  [[nodiscard]] pending_page pending_of(const job_id& job, log_position after, page_limit limit) const;
};

/// Everything that a memory store knows. Writers hold `guard` alone, readers
/// share it.
struct memory_store::state : memory_contents {
  mutable std::shared_mutex guard;
  memory_options opts;
  bool failed = false;
  bool closed = false;
  std::optional<memory_contents> before_stage; ///< only where a `sync` may be refused

  /// Goes back to before what was staged, where that was kept.
  void undo() {
    if (auto before = std::exchange(before_stage, std::nullopt))
      static_cast<memory_contents&>(*this) = *std::move(before);
  }
  /// What readers may see.
  [[nodiscard]] const memory_contents& shown() const {
    return before_stage ? *before_stage : *this;
  }

  result<append_result> append(const append_request& request);
  result<commit_result> commit(const job_commit& wanted);
  status discard(const discard_request& request);
  result<event_ptr> fire(const fire_request& request);
  std::uint64_t deliver(const delivered_request& request);

  /// `storage_unavailable` once closed.
  [[nodiscard]] status usable() const;

private:
  [[nodiscard]] std::optional<result<append_result>> earlier_answer(const append_request& request) const;
  status close_letter(const std::string& id, const char* letter_state, timestamp at);
  status reopen_letter(const std::string& id, timestamp at);
  void restage(const dead_letter& letter, const char* status);
  /// The row of an event with this source and id, while it recognises duplicates.
  [[nodiscard]] const event_row* seen_before(const event& body, timestamp now) const;
  event_ptr accept(accepted_event made);
  appended_item append_one(const event& body, const append_request& request);
  void remember(const append_request& request, const append_result& answer);
  void finish(job_row& row, const commit_ptr& what, log_position position);
  void note_emitted(const commit_ptr& what);
  void apply(job_row& row, const commit_ptr& what, std::vector<event_ptr> outgoing);
  [[nodiscard]] std::vector<event_ptr> send(const job_commit& what);
  void note_asked(const job_commit& what);
};

} // namespace weir::storage
