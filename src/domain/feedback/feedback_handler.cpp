#include "domain/feedback/feedback_handler.hpp"

#include <utility>

namespace weir {

outcome feedback_handler::handle(const event& ev, context& ctx) {
  const auto invalid = [](std::string detail) {
    return dead(std::string(problem_of(errc::validation_failed).name), std::move(detail));
  };
  if (ev.kind != payload_kind::json)
    return invalid("the payload is not JSON");
  const auto payload = ev.data();
  if (!payload.root().is_object())
    return invalid("the payload is not a JSON object");
  const auto item = payload.get<std::string>("/itemId");
  if (!item)
    return invalid(item.error().detail);
  if (item->empty())
    return invalid("/itemId is empty");

  // A copy with our four members set last: a producer cannot choose them.
  json document = payload.root();
  document["id"] = ctx.uuid();
  document["jobId"] = ctx.job();
  document["itemId"] = *item;
  document["created_at"] = ctx.now();
  ctx.put_record_and_emit("feedback", document["id"].get_ref<const std::string&>(), "feedback.recorded", document);
  return ok();
}

handler_entry feedback_entry(retry_policy policy) {
  return {"feedback", on("item.analyzed"), "keeps a feedback record of every analyzed item and tells clients",
          [] { return std::make_unique<feedback_handler>(); }, policy};
}

} // namespace weir
