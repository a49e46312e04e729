#pragma once

#include "domain/handler_registry.hpp"
#include "domain/rules/rule_steps.hpp"

#include <optional>
#include <string>
#include <vector>

namespace weir::rules {

/// The document as a new event.
struct rule_emit {
  text_template type;
  std::optional<text_template> job; ///< nothing: the event's own
};

/// The event's data, untouched, in another job or under another type. An
/// event that is there already is not sent again.
struct rule_route {
  std::optional<text_template> type;
  std::optional<text_template> job;
};

/// The document as a record.
struct rule_put {
  std::string collection;
  text_template key;
};

/// A handler that is declared in the configuration.
struct rule {
  std::string name;
  std::string description;
  type_pattern pattern;
  std::optional<event_filter> filter;
  std::vector<rule_step> steps;
  std::optional<rule_emit> emit;
  std::optional<rule_route> route;
  std::optional<rule_put> put;
  std::string sink;            ///< "": none
  bool skips_on_error = false; ///< an event with a fault is skipped, not dead
};

/// Reads a rule: {"name", "description"?, "on", "steps"?, "on_error"?, and at
/// least one of "emit", "route", "put", "sink"}. docs/handlers.md has the words.
/// @returns `errc::bad_config` with the rule's name and the pointer of what is wrong.
[[nodiscard]] result<rule> parse_rule(const json& text);

/// The largest document that a rule passes on; beyond it the event has the
/// fault "rule-too-large". Copies of copies would otherwise grow without end.
inline constexpr std::size_t max_rule_document = std::size_t{8} << 20;

/// A rule as a handler, ready for `handler_registry::add`.
/// @param text as for `parse_rule`; "type" may be there and must be "rule".
///   Members that all kinds of handlers have (retries, timeouts) are taken out
///   by the caller, who puts them into the entry.
[[nodiscard]] result<handler_entry> make_rule_entry(const json& text, retry_policy policy);

} // namespace weir::rules

namespace weir {
using rules::make_rule_entry;
} // namespace weir
