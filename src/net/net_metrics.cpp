#include "net/net_metrics.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace weir::net {

namespace {

constexpr std::array<std::string_view, 7> methods = {"GET", "HEAD", "POST", "OPTIONS", "PUT", "DELETE", "PATCH"};

std::string_view bounded(std::string_view method) noexcept {
  return std::ranges::find(methods, method) == methods.end() ? "other" : method;
}

/// Codes that peers invent share one series.
std::string close_label(std::uint16_t code) {
  auto ours = (code >= 4000 && code <= 4006) || (code >= 4500 && code <= 4507);
  auto registered = code >= 1000 && code <= 1015;
  return ours || registered ? std::to_string(code) : "other";
}

} // namespace

net_metrics::net_metrics(telemetry::metrics_registry& registry)
    : registry_(registry),
      public_duration_(registry.histogram("weir_http_request_duration_seconds", {{"listener", "public"}})),
      admin_duration_(registry.histogram("weir_http_request_duration_seconds", {{"listener", "admin"}})),
      rejected_(registry.counter("weir_events_received_total", {{"source", "api"}, {"outcome", "rejected"}})),
      websockets_(registry.gauge("weir_clients", {{"transport", "ws"}})),
      streams_(registry.gauge("weir_clients", {{"transport", "sse"}})) {
  // nop
}

void net_metrics::request(std::string_view listener, std::string_view method, unsigned status, double seconds) {
  (listener == "admin" ? admin_duration_ : public_duration_).observe(seconds);
  auto known = bounded(method);
  auto key = fmt::format("{} {} {}xx", listener, known, status / 100);
  auto lock = std::lock_guard{mutex_};
  auto series = requests_.find(key);
  if (series == requests_.end()) {
    std::vector<telemetry::label> labels{{"listener", std::string{listener}},
                                         {"method", std::string{known}},
                                         {"status_class", fmt::format("{}xx", status / 100)}};
    series = requests_.emplace(key, registry_.counter("weir_http_requests_total", labels)).first;
  }
  series->second.add();
}

void net_metrics::rejected(std::size_t events) {
  if (events > 0)
    rejected_.add(static_cast<double>(events));
}

void net_metrics::client_joined(std::string_view transport) {
  (transport == "ws" ? websockets_ : streams_).add(1);
}

void net_metrics::client_left(std::string_view transport, std::uint16_t close_code) {
  (transport == "ws" ? websockets_ : streams_).add(-1);
  auto lock = std::lock_guard{mutex_};
  auto series = disconnects_.find(close_code);
  if (series == disconnects_.end()) {
    auto counter = registry_.counter("weir_client_disconnects_total", {{"code", close_label(close_code)}});
    // The peer chooses the number: remember only those with a series of their own.
    if (close_label(close_code) == "other")
      return counter.add();
    series = disconnects_.emplace(close_code, counter).first;
  }
  series->second.add();
}

std::string net_metrics::render() const {
  return registry_.render();
}

} // namespace weir::net
