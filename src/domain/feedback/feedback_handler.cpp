#include "domain/feedback/feedback_handler.hpp"

#include <utility>

namespace weir {

outcome feedback_handler::handle(const event& ev, context& ctx) {
  const auto invalid = [](std::string detail) {
    return dead(std::string(problem_of(errc::validation_failed).name), std::move(detail));
  };
  const auto payload = ev.object();
  if (!payload)
    return invalid(payload.error().detail);
  const auto item = payload->string("itemId");
  if (!item)
    return invalid(item.error().detail);
  if (item->empty())
    return invalid("/itemId is empty");

  // The payload's own bytes with our members set last: a producer cannot choose them.
  const auto id = ctx.uuid();
  auto document = payload->with({{"id", json_string(id)},
                                 {"jobId", json_string(ctx.job())},
                                 {"itemId", json_string(*item)},
                                 {"created_at", json_string(ctx.now())}});
  ctx.put_text_and_emit("feedback", id, "feedback.recorded", std::move(document));
  return ok();
}

handler_entry feedback_entry(retry_policy policy) {
  return {"feedback", on("item.analyzed"), "keeps a feedback record of every analyzed item and tells clients",
          [] { return std::make_unique<feedback_handler>(); }, policy};
}

} // namespace weir
