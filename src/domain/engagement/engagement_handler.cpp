#include "domain/engagement/engagement_handler.hpp"

#include "domain/dead_letter.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <memory>
#include <utility>

namespace weir {

namespace {

constexpr std::string_view collection = "engagement";

/// Blanks of both ends removed.
std::string trimmed_text(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n\f\v";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos)
    return {};
  return std::string{text.substr(first, text.find_last_not_of(blanks) - first + 1)};
}

std::string text_member(const json& payload, const char* name) {
  const auto found = payload.find(name);
  return found != payload.end() && found->is_string() ? trimmed_text(found->get_ref<const std::string&>())
                                                      : std::string{};
}

/// A number, or a text that is wholly one; 0.0 for everything else.
double number_member(const json& payload, const char* name) {
  const auto found = payload.find(name);
  if (found == payload.end())
    return 0.0;
  double value = 0.0;
  if (found->is_number()) {
    value = found->get<double>();
  } else if (found->is_string()) {
    const auto text = trimmed_text(found->get_ref<const std::string&>());
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size())
      return 0.0;
  }
  return std::isfinite(value) ? value : 0.0;
}

std::string required_text(const json& document, const char* name) {
  return document.is_object() ? text_member(document, name) : std::string{};
}

/// Why this event will never be processed, or "".
std::string flaw_of(const event& ev) {
  if (ev.kind != payload_kind::json)
    return "the event's data is not JSON";
  const auto data = ev.data();
  const auto& root = data.root();
  if (!root.is_object())
    return "the event's data is not a JSON object";
  for (const auto* name : {"event_name", "event_type"})
    if (required_text(root, name).empty())
      return std::string{"/"} + name + " is missing or empty";
  const auto payload = root.find("payload");
  if (payload != root.end() && !payload->is_object() && !payload->is_null())
    return "/payload must be an object or null";
  return {};
}

} // namespace

json normalised_properties(const json& payload, const std::string& now) {
  const json none = json::object();
  const auto& from = payload.is_object() ? payload : none;
  return {{"original", payload},
          {"normalized_at", now},
          {"page", text_member(from, "page")},
          {"referrer", text_member(from, "referrer")},
          {"duration", number_member(from, "duration")},
          {"scroll_depth", number_member(from, "scroll_depth")}};
}

outcome engagement_handler::handle(const event& ev, context& ctx) {
  if (auto flaw = flaw_of(ev); !flaw.empty())
    return dead(std::string{problem_of(errc::validation_failed).name}, limited_detail(flaw));
  const auto data = ev.data();
  const auto& root = data.root();
  const auto payload = root.contains("payload") ? root["payload"] : json(nullptr);
  json record{{"id", ev.id},
              {"event_name", root["event_name"]},
              {"event_type", root["event_type"]},
              {"user_id", root.contains("user_id") ? root["user_id"] : json(nullptr)},
              {"status", "success"},
              {"processed", true},
              {"processed_at", ctx.now()},
              {"properties", normalised_properties(payload, ctx.now())},
              {"processing_error", nullptr}};
  ctx.put_record_and_emit(collection, ev.id, "engagement.normalized", record);
  return ok();
}

handler_entry engagement_entry(retry_policy policy) {
  handler_entry entry;
  entry.name = "engagement";
  entry.pattern = on("engagement.event.*");
  entry.description = "validates engagement events and keeps their normalised properties";
  entry.make = [] { return std::make_unique<engagement_handler>(); };
  entry.retry = std::move(policy);
  return entry;
}

} // namespace weir
