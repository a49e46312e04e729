#include "actors/handler_rows.hpp"

#include <nlohmann/json.hpp>

namespace weir::actors {

namespace {

std::string_view jitter_word(retry_jitter jitter) {
  return jitter == retry_jitter::none ? "none" : jitter == retry_jitter::equal ? "equal" : "full";
}

nlohmann::json retry_json(const retry_policy& policy) {
  nlohmann::json out{{"maxAttempts", policy.max_attempts}, {"jitter", jitter_word(policy.jitter)}};
  if (policy.schedule.empty()) {
    out["baseMs"] = policy.base.count();
    out["factor"] = policy.factor;
    out["maxMs"] = policy.max.count();
    return out;
  }
  out["scheduleMs"] = nlohmann::json::array();
  for (const auto wait : policy.schedule)
    out["scheduleMs"].push_back(wait.count());
  return out;
}

nlohmann::json row_of_handler(const handler_entry& entry) {
  const auto types = handler_types(entry);
  std::string pattern;
  for (const auto& type : types)
    pattern += (pattern.empty() ? "" : ", ") + type;
  nlohmann::json out{{"name", entry.name},
                     {"kind", to_string(entry.kind)},
                     {"on", types},
                     {"pattern", pattern},
                     {"filtered", entry.filter.has_value()},
                     {"description", entry.description},
                     {"retry", retry_json(entry.retry)},
                     {"onExhausted", to_string(entry.on_exhausted)}};
  if (!entry.runner)
    return out;
  out["timeoutMs"] = entry.limits.hard.count();
  out["softTimeoutMs"] = entry.limits.soft.count();
  if (const auto counts = entry.runner->counts()) {
    out["running"] = counts->running;
    out["queued"] = counts->queued;
  }
  return out;
}

} // namespace

std::vector<std::string> handler_types(const handler_entry& entry) {
  std::vector<std::string> out{entry.pattern.text};
  for (const auto& pattern : entry.more_patterns)
    out.push_back(pattern.text);
  return out;
}

nlohmann::json handlers_json(const handler_registry& handlers) {
  auto out = nlohmann::json::array();
  for (const auto& entry : handlers.entries())
    out.push_back(row_of_handler(entry));
  return out;
}

} // namespace weir::actors
