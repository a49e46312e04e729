#include "domain/concierge/completion_events.hpp"

#include "domain/concierge/concierge_handler.hpp"
#include "domain/concierge/moments.hpp"
#include "domain/concierge/records.hpp"
#include "domain/uuid.hpp"

namespace weir {

namespace {

constexpr std::uint64_t most_credits = 1'000'000;

outcome on_research_complete(const event& ev, payload_fields& payload, context& ctx) {
  const auto user = payload.id("/userId");
  const auto task = payload.optional_id("/taskId");
  const auto& findings = payload.value("/findings");
  if (auto refused = payload.refusal())
    return *refused;

  json content = {{"findings", findings}};
  if (task) {
    content["task_id"] = *task;
    auto row = new_record(*task, ev, ctx);
    row["task_id"] = *task;
    row["user_id"] = user;
    row["status"] = "completed";
    row["findings"] = findings;
    ctx.put_record("task_results", *task, row);
  }
  notify(user, "solution_findings", content, ev, ctx);
  return ok();
}

outcome on_intro_completed(const event& ev, payload_fields& payload, context& ctx) {
  const auto intro = payload.id("/introId");
  const auto introducer = payload.id("/introducerId");
  const auto requester = payload.id("/requesterId");
  const auto target = payload.optional_id("/targetId");
  const auto amount = payload.amount("/credits", most_credits);
  if (auto refused = payload.refusal())
    return *refused;

  // A producer that says it again under another id must not award it again.
  // The table is bounded; what it forgot still meets the same key below.
  moments known{ctx.state()};
  if (known.find(intro))
    return skip();
  known.advance(intro, ev.time);
  ctx.set_state(known.state());

  // NUL stands in none of the parts.
  const auto key = uuid_v5("credits" + std::string(1, '\0') + intro + std::string(1, '\0') + introducer);
  auto credit = new_record(key, ev, ctx);
  credit["user_id"] = introducer;
  credit["intro_id"] = intro;
  credit["amount"] = amount;
  credit["reason"] = "intro_completed";
  ctx.put_record_and_emit("credits", key, "credits.awarded", credit);

  auto row = new_record(intro, ev, ctx);
  row["introducer_id"] = introducer;
  row["requester_id"] = requester;
  if (target)
    row["target_id"] = *target;
  row["status"] = "completed";
  row["completed_at"] = to_rfc3339(ev.time);
  ctx.put_record("intros", intro, row);

  const json content = {{"intro_id", intro}};
  notify(introducer, "intro_completed", {{"intro_id", intro}, {"credits", amount}}, ev, ctx);
  if (requester != introducer)
    notify(requester, "intro_completed", content, ev, ctx);
  if (target && *target != introducer && *target != requester)
    notify(*target, "intro_completed", content, ev, ctx);
  return ok();
}

outcome on_response_received(const event& ev, payload_fields& payload, context& ctx) {
  const auto request = payload.id("/requestId");
  const auto requester = payload.id("/requesterId");
  const auto expert = payload.id("/expertId");
  const auto response = payload.text("/response");
  if (auto refused = payload.refusal())
    return *refused;

  auto row = new_record(ctx.uuid(), ev, ctx);
  row["request_id"] = request;
  row["requester_id"] = requester;
  row["expert_id"] = expert;
  row["response"] = response;
  row["status"] = "delivered";
  ctx.put_record("community_responses", row["id"].get_ref<const std::string&>(), row);
  notify(requester, "community_response",
         {{"request_id", request}, {"response_id", row["id"]}, {"expert_id", expert}, {"response", response}}, ev, ctx);
  return ok();
}

outcome on_processing_completed(const event& ev, payload_fields& payload, context& ctx) {
  const auto user = payload.id("/userId");
  const auto& result = payload.value("/result");
  if (auto refused = payload.refusal())
    return *refused;

  auto row = new_record(ctx.uuid(), ev, ctx);
  row["user_id"] = user;
  row["result"] = result;
  row["completed_at"] = to_rfc3339(ev.time);
  ctx.put_record("account_manager_log", row["id"].get_ref<const std::string&>(), row);
  return ok();
}

} // namespace

std::vector<handler_entry> completion_event_entries(const retry_policy& policy) {
  return {
      concierge_entry("research-complete", "solution.research_complete",
                      "delivers what was found to the user who asked", on_research_complete, policy),
      concierge_entry("intro-completed", "intro.completed",
                      "awards credits for an introduction, keeps its status and notifies everyone in it",
                      on_intro_completed, policy),
      concierge_entry("response-received", "community.response_received",
                      "delivers an expert's response to the user who asked", on_response_received, policy),
      concierge_entry("account-processing", "account_manager.processing.completed",
                      "logs what the account manager's run resulted in", on_processing_completed, policy),
  };
}

} // namespace weir
