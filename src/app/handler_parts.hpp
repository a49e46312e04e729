#pragma once

#include "app/config.hpp"
#include "domain/handler_registry.hpp"
#include "domain/result.hpp"
#include "domain/time.hpp"

#include <functional>

namespace weir::app {

/// Makes a handler of a rule: its table as JSON, and how it is tried again.
using rule_maker = std::function<result<handler_entry>(const json&, retry_policy)>;

/// What the [[handler]] tables need beside the configuration.
struct handler_tools {
  retry_policy retry;               ///< of handlers that say nothing else
  std::function<timestamp()> clock; ///< the wall clock, for signatures
  rule_maker make_rule;             ///< none: this program has no rules
};

/// Changes and adds handlers as the [[handler]] tables say. What is switched
/// off is taken out. Starts the client for HTTP handlers when there are any.
/// @returns `bad_config`; the detail begins with the place in the file.
[[nodiscard]] status configure_handlers(handler_registry& handlers, const config& settings, const handler_tools& tools);

/// Sets what the entry takes. @param on JSON text of a list: types, of which
///   any will do, or filters, all of which must want the event.
/// @returns `bad_config` with the pointer of what is wrong.
[[nodiscard]] status take_on(handler_entry& entry, const std::string& on);

} // namespace weir::app
