#include "domain/concierge/user_events.hpp"

#include "domain/concierge/concierge_handler.hpp"
#include "domain/concierge/moments.hpp"
#include "domain/concierge/records.hpp"

namespace weir {

namespace {

outcome on_solution_needed(const event& ev, payload_fields& payload, context& ctx) {
  const auto user = payload.id("/userId");
  const auto question = payload.text("/question");
  const auto urgency = payload.one_of("/urgency", {"medium", "low", "high"});
  if (auto refused = payload.refusal())
    return *refused;

  put_task({"solution_saga", "solution_research", user, urgency}, ev, ctx);
  return ok();
}

outcome on_request_needed(const event& ev, payload_fields& payload, context& ctx) {
  const auto user = payload.id("/userId");
  const auto question = payload.text("/question");
  const auto experts = payload.optional_ids("/expertIds");
  const auto category = payload.optional_id("/category");
  if (auto refused = payload.refusal())
    return *refused;

  auto request = new_record(ctx.uuid(), ev, ctx);
  request["user_id"] = user;
  request["question"] = question;
  if (category)
    request["category"] = *category;
  request["expert_ids"] = experts;
  request["status"] = "open";
  ctx.put_record_and_emit("community_requests", request["id"].get_ref<const std::string&>(),
                          "community.request_created", request);

  const json content = {{"request_id", request["id"]}, {"user_id", user}, {"question", question}};
  for (const auto& expert : experts)
    notify(expert, "community_request", content, ev, ctx);
  // Without experts nobody would ever see the request.
  if (experts.empty())
    put_task({"community", "find_experts", user, "medium"}, ev, ctx);
  return ok();
}

outcome on_intro_inquiry(const event& ev, payload_fields& payload, context& ctx) {
  const auto user = payload.id("/userId");
  const auto intro = payload.id("/introId");
  const auto urgency = payload.one_of("/urgency", {"medium", "low", "high"});
  if (auto refused = payload.refusal())
    return *refused;

  put_task({"account_manager", "intro_followup", user, urgency}, ev, ctx);
  return ok();
}

outcome on_verified(const event& ev, payload_fields& payload, context& ctx) {
  const auto user = payload.id("/userId");
  if (auto refused = payload.refusal())
    return *refused;

  // A second verification must not empty what others have filled since.
  moments initialised{ctx.state()};
  if (!initialised.find(user)) {
    auto priorities = new_record(user, ev, ctx);
    priorities["user_id"] = user;
    priorities["priorities"] = json::array();
    priorities["status"] = "active";
    ctx.put_record_and_emit("user_priorities", user, "user.priorities_initialized", priorities);
    initialised.advance(user, ev.time);
    ctx.set_state(initialised.state());
  }

  json keys = json::array();
  for (const auto* cache : {"profile", "priorities"}) {
    const auto key = std::string(cache) + ":" + user;
    auto cached = new_record(key, ev, ctx);
    cached["user_id"] = user;
    cached["valid"] = false;
    cached["invalidated_at"] = to_rfc3339(ev.time);
    ctx.put_record("caches", key, cached);
    keys.push_back(key);
  }
  ctx.emit("cache.invalidated", {{"user_id", user}, {"keys", keys}});
  return ok();
}

} // namespace

std::vector<handler_entry> user_event_entries(const retry_policy& policy) {
  return {
      concierge_entry("solution-needed", "user.inquiry.solution_needed", "creates a research task for a user's inquiry",
                      on_solution_needed, policy),
      concierge_entry("request-needed", "community.request_needed",
                      "keeps a community request and notifies the experts that it names", on_request_needed, policy),
      concierge_entry("intro-inquiry", "user.intro_inquiry",
                      "creates a follow-up task for an introduction that a user asks about", on_intro_inquiry, policy),
      concierge_entry("user-verified", "user.verified",
                      "initialises the priorities of a verified user and invalidates the caches about that user",
                      on_verified, policy),
  };
}

} // namespace weir
