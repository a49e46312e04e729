#pragma once

#include "domain/handler.hpp"

#include <string>
#include <string_view>

namespace weir {

/// A task that an agent outside shall do.
struct wanted_task {
  std::string_view agent; ///< who shall do it, e.g. "solution_saga"
  std::string_view type;  ///< what, e.g. "solution_research"
  std::string user;       ///< for whom
  std::string priority;   ///< "low", "medium" or "high"
};

/// What every record of this pack has: `id`, `event_id`, `event_type` and
/// `created_at` (when the cause was accepted).
[[nodiscard]] json new_record(std::string id, const event& cause, const context& ctx);

/// Keeps the task in "tasks", with the whole payload of its cause as `context`,
/// and emits it as "task.created".
void put_task(const wanted_task& task, const event& cause, context& ctx);

/// The job in which a user's notifications are told, in order.
[[nodiscard]] job_id notification_job(const std::string& user);

/// Keeps a notification in "notifications" and sends it as
/// "notification.created" to the job of the one who shall see it.
void notify(const std::string& user, std::string_view type, const json& content, const event& cause, context& ctx);

} // namespace weir
