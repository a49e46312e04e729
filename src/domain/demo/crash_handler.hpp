#pragma once

#include "domain/handler.hpp"
#include "domain/handler_registry.hpp"

namespace weir {

/// Fails on purpose, so that anyone can watch a restart, a retry and a dead
/// letter. Types: "weir.demo.crash" (throws), "weir.demo.retry" (asks for
/// another run), "weir.demo.dead" (dies at once). With the payload
/// {"times": n} crash and retry end after n runs; without it, never.
class crash_handler : public handler {
public:
  outcome handle(const event& ev, context& ctx) override;
};

/// @param policy how often a demo event is tried.
[[nodiscard]] handler_entry crash_entry(retry_policy policy);

} // namespace weir
