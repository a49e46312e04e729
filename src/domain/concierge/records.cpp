#include "domain/concierge/records.hpp"

#include <utility>

namespace weir {

json new_record(std::string id, const event& cause, const context& ctx) {
  return {{"id", std::move(id)}, {"event_id", cause.id}, {"event_type", cause.type}, {"created_at", ctx.now()}};
}

void put_task(const wanted_task& task, const event& cause, context& ctx) {
  auto document = new_record(ctx.uuid(), cause, ctx);
  document["agent"] = task.agent;
  document["type"] = task.type;
  document["user_id"] = task.user;
  document["priority"] = task.priority;
  document["status"] = "pending";
  document["context"] = cause.data().root();
  ctx.put_record_and_emit("tasks", document["id"].get_ref<const std::string&>(), "task.created", document);
}

job_id notification_job(const std::string& user) {
  return "notifications/" + user;
}

void notify(const std::string& user, std::string_view type, const json& content, const event& cause, context& ctx) {
  auto document = new_record(ctx.uuid(), cause, ctx);
  document["user_id"] = user;
  document["type"] = type;
  document["content"] = content;
  document["status"] = "pending";
  ctx.put_record("notifications", document["id"].get_ref<const std::string&>(), document);
  ctx.emit_to(notification_job(user), "notification.created", document);
}

} // namespace weir
