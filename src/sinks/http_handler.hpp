#pragma once

#include "domain/handler_runner.hpp"
#include "domain/time.hpp"
#include "sinks/http_client.hpp"
#include "sinks/webhook_signature.hpp"

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace weir::sinks {

/// Runs a handler in another process: each run is one POST of the event as a
/// structured CloudEvent, signed by Standard Webhooks, and its answer are the
/// effects (docs/http-handlers.md). At most `concurrency` runs at once, the
/// others wait in the order in which they came.
class http_handler final : public handler_runner {
public:
  struct options {
    std::string url;
    std::vector<webhook_key> keys; ///< the first one is the new one; none: not signed
    std::size_t concurrency = 8;
    /// soft: told to the handler as Weir-Deadline-Ms. hard: the run is
    /// abandoned, outcome retry with the code "handler-timeout".
    run_limits limits{std::chrono::seconds{30}, std::chrono::seconds{30}};
    std::function<timestamp()> now; ///< the wall clock
  };

  /// @param client may be shared by many handlers.
  http_handler(options opts, std::shared_ptr<http_client> client);
  ~http_handler() override;

  void start(handler_call call, answered done) override;
  void stop() override;
  [[nodiscard]] std::optional<run_counts> counts() const override;

private:
  class queue;
  std::shared_ptr<http_client> client_;
  std::shared_ptr<queue> queue_; ///< answers of the client may come late
};

/// What stands in `webhook-id`: the same for every attempt of this handler on
/// this event, other for every other; without dots.
[[nodiscard]] std::string webhook_id(const handler_call& call);

} // namespace weir::sinks
