#pragma once

#include "actors/node_services.hpp"
#include "domain/processor.hpp"

#include <chrono>
#include <cstddef>
#include <optional>

namespace weir::actors {

/// What a job's handlers ask the breakers of the node.
class breaker_gate final : public handler_gate {
public:
  /// @param services must outlive this; @param job as well.
  breaker_gate(node_services& services, const job_id& job) : services_(services), job_(job) {
    // nop
  }
  ~breaker_gate() override {
    services_.breakers.forget(job_);
  }
  std::optional<std::chrono::milliseconds> admit(std::size_t handler) override {
    return services_.breakers.admit(handler, job_, services_.now());
  }
  void succeeded(std::size_t handler) override {
    services_.breakers.succeeded(handler, job_, services_.now());
  }

private:
  node_services& services_;
  const job_id& job_;
};

} // namespace weir::actors
