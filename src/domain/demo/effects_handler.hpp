#pragma once

#include "domain/handler.hpp"
#include "domain/handler_registry.hpp"

namespace weir {

/// Asks for what leaves the stream of a job, so that anyone can watch it.
/// Types: "weir.demo.send" ({"to": job}: "demo.sent" into that job),
/// "weir.demo.later" ({"ms": n}: "demo.rang" into this job, n ms after the
/// event was accepted), "weir.demo.row" ({"sink": name}: a row for that
/// sink, "demo" without one). Each may have "times": n for n of them.
class effects_handler : public handler {
public:
  outcome handle(const event& ev, context& ctx) override;
};

/// One entry for each type, so that other demo events do not pass through it.
/// @param policy how often a demo event is tried.
[[nodiscard]] status add_effects_entries(handler_registry& registry, const retry_policy& policy);

} // namespace weir
