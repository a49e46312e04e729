#include "domain/concierge/conversation_events.hpp"

#include "domain/concierge/concierge_handler.hpp"
#include "domain/concierge/moments.hpp"
#include "domain/concierge/records.hpp"

namespace weir {

namespace {

/// One row of "activity": when a user or a conversation was last heard of.
void keep_activity(std::string_view kind, const std::string& subject, moments& known, const event& ev, context& ctx) {
  const auto key = std::string(kind) + ":" + subject;
  if (!known.advance(key, ev.time))
    return;
  auto row = new_record(key, ev, ctx);
  row[std::string(kind) + "_id"] = subject;
  row["last_message_at"] = to_rfc3339(ev.time);
  ctx.put_record("activity", key, row);
}

outcome on_message_received(const event& ev, payload_fields& payload, context& ctx) {
  const auto user = payload.id("/userId");
  const auto conversation = payload.optional_id("/conversationId");
  if (auto refused = payload.refusal())
    return *refused;

  // Messages may arrive out of order; the time of the latest one stays.
  moments known{ctx.state()};
  keep_activity("user", user, known, ev, ctx);
  if (conversation)
    keep_activity("conversation", *conversation, known, ev, ctx);
  ctx.set_state(known.state());
  return ok();
}

outcome on_response_recorded(const event& ev, payload_fields& payload, context& ctx) {
  const auto user = payload.id("/userId");
  const auto& response = payload.value("/response");
  if (auto refused = payload.refusal())
    return *refused;

  auto row = new_record(ctx.uuid(), ev, ctx);
  row["user_id"] = user;
  row["response"] = response;
  row["context"] = payload.root();
  row["recorded_at"] = to_rfc3339(ev.time);
  ctx.put_record("response_log", row["id"].get_ref<const std::string&>(), row);
  return ok();
}

outcome on_intent_classified(const event& ev, payload_fields& payload, context& ctx) {
  const auto conversation = payload.id("/conversationId");
  const auto intent = payload.text("/intent");
  const auto user = payload.optional_id("/userId");
  const auto confidence = payload.optional_share("/confidence");
  if (auto refused = payload.refusal())
    return *refused;

  moments known{ctx.state()};
  if (!known.advance(conversation, ev.time))
    return ok();
  ctx.set_state(known.state());
  auto row = new_record(conversation, ev, ctx);
  row["conversation_id"] = conversation;
  row["intent"] = intent;
  if (user)
    row["user_id"] = *user;
  if (confidence)
    row["confidence"] = *confidence;
  row["classified_at"] = to_rfc3339(ev.time);
  ctx.put_record("conversation_intents", conversation, row);
  return ok();
}

} // namespace

std::vector<handler_entry> conversation_event_entries(const retry_policy& policy) {
  return {
      concierge_entry("message-received", "user.message.received",
                      "keeps when a user and a conversation were last heard of", on_message_received, policy),
      concierge_entry("response-recorded", "user.response.recorded", "logs a user's response to learn from",
                      on_response_recorded, policy),
      concierge_entry("intent-classified", "conversation.intent_classified",
                      "keeps the latest intent of a conversation", on_intent_classified, policy),
  };
}

} // namespace weir
