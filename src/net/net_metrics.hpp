#pragma once

#include "telemetry/metrics.hpp"

#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

namespace weir::net {

/// The figures of the network layer; labels are bounded here. Any thread.
class net_metrics {
public:
  explicit net_metrics(telemetry::metrics_registry& registry);

  void request(std::string_view listener, std::string_view method, unsigned status, double seconds);
  void rejected(std::size_t events);
  void client_joined(std::string_view transport);
  void client_left(std::string_view transport, std::uint16_t close_code);
  [[nodiscard]] std::string render() const;

private:
  telemetry::metrics_registry& registry_;
  telemetry::histogram public_duration_;
  telemetry::histogram admin_duration_;
  telemetry::counter rejected_;
  telemetry::gauge websockets_;
  telemetry::gauge streams_;
  std::mutex mutex_;
  std::map<std::string, telemetry::counter, std::less<>> requests_;
  std::map<std::uint16_t, telemetry::counter> disconnects_;
};

} // namespace weir::net
