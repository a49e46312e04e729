#pragma once

#include "storage/log_format.hpp"
#include "storage/store.hpp"
#include "storage/view_editor.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <utility>

namespace weir::storage {

/// Decides what becomes of each request of a batch, and collects the records
/// of the accepted ones. Nothing is durable or visible before the caller has
/// written the group and applied the rows.
class batch_plan {
public:
  batch_plan(const view& base, const meta_row& meta, log_position position, std::uint64_t group,
             std::chrono::hours dedupe_window, std::string spare = {})
      : rows_(base, meta), group_(position, group, std::move(spare)), dedupe_window_(dedupe_window) {}

  /// @param no_appends answers all appends, which then change nothing.
  /// An error of the result is the store's, not a request's: drop the plan.
  [[nodiscard]] result<write_outcome> decide(const write_batch& batch, const std::optional<error>& no_appends = {});

  [[nodiscard]] group_builder& group() noexcept {
    return group_;
  }
  [[nodiscard]] view_editor& rows() noexcept {
    return rows_;
  }

private:
  [[nodiscard]] status look_ahead(const std::vector<append_request>& requests);
  [[nodiscard]] result<append_result> append(const append_request& request);
  [[nodiscard]] result<append_result> earlier_answer(answer_record known, const append_request& request);
  [[nodiscard]] result<appended_item> append_one(const event& body, const append_request& request);
  /// The row of an event with this source and id, while it recognises duplicates.
  [[nodiscard]] result<std::optional<event_row>> seen_before(const event& body, timestamp now);
  [[nodiscard]] result<event_ptr> accept(accepted_event what);
  [[nodiscard]] result<commit_result> commit(const job_commit& wanted);
  /// @returns payload bytes of what it finishes.
  [[nodiscard]] result<std::uint64_t> check_pending(const job_commit& wanted, const view_editor::ground& under);
  [[nodiscard]] result<event_ptr> fire(const fire_request& request);
  [[nodiscard]] result<std::uint64_t> deliver(const delivered_request& request);
  [[nodiscard]] status close_letter(const std::string& id, closed_as how, timestamp at);
  [[nodiscard]] status reopen_letter(const std::string& id, timestamp at);
  [[nodiscard]] status remember(const append_request& request, const append_result& answer);

  view_editor rows_;
  group_builder group_;
  std::chrono::hours dedupe_window_;
};

} // namespace weir::storage
