#pragma once

#include "domain/handler_registry.hpp"

namespace weir {

/// Blocks on purpose, for demonstrations and tests of the worker threads:
/// `weir.demo.block.sleep` {"ms": N} for so long or until it is asked to stop (then it
/// asks for a retry), `weir.demo.block.hang` {"ms": N, "times": T} without listening in
/// its first T runs.
class slow_handler final : public handler {
public:
  outcome handle(const event& ev, context& ctx) override;
};

[[nodiscard]] handler_entry slow_entry(retry_policy policy);

} // namespace weir
