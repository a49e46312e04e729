#include "actors/store_watch.hpp"

#include "telemetry/log.hpp"

#include <fmt/format.h>

namespace weir::actors {

namespace {

constexpr std::uint64_t stall_after_us = 2'000'000;
constexpr std::int64_t deaf_after_us = 10'000'000;
constexpr std::uint64_t full_for_us = 5'000'000;

std::string describe(const storage::disk_report& seen) {
  const auto mebibytes = [](std::uint64_t bytes) { return bytes >> 20; };
  return fmt::format("{} MiB are free; events are taken from {} MiB on, commits from {} MiB on",
                     mebibytes(seen.free_bytes), mebibytes(seen.marks.resume), mebibytes(seen.marks.reserve));
}

void change_disk(node_services& services, storage::disk_state now, const std::string& detail) {
  if (services.health.disk.exchange(now) == now)
    return;
  services.metrics->disk_state.set(static_cast<double>(now));
  switch (now) {
  case storage::disk_state::ok:
    return log::info("store.disk_ok", {{log::key::detail, detail}});
  case storage::disk_state::low:
    return log::warn("store.disk_low", {{log::key::detail, detail}});
  case storage::disk_state::exhausted:
    return log::error("store.disk_exhausted", {{log::key::detail, detail}});
  }
}

std::uint64_t write_age_us(const node_services& services) {
  // The clock is read last: it may not be behind what it is compared with.
  const auto since = services.health.writing_since_us.load();
  return since == 0 || !services.ticks ? 0 : services.ticks() - since;
}

} // namespace

void note_disk(node_services& services, const storage::disk_report& seen) {
  services.metrics->disk_free.set(static_cast<double>(seen.free_bytes));
  const auto full_since = services.health.full_since_us.load();
  if (full_since != 0 && services.ticks && services.ticks() - full_since < full_for_us)
    return;
  change_disk(services, seen.state, describe(seen));
}

void note_full_disk(node_services& services, const error& why) {
  services.health.full_since_us = services.ticks ? services.ticks() : 0;
  change_disk(services, storage::disk_state::exhausted, why.detail);
}

bool is_stalled(const node_services& services) {
  return write_age_us(services) > stall_after_us;
}

bool is_deaf(const node_services& services) {
  return services.health.recovered && services.now_us() - services.health.answered_us > deaf_after_us;
}

void note_stall(node_services& services) {
  const auto age = write_age_us(services);
  const auto stalled = age > stall_after_us;
  if (services.health.stalled.exchange(stalled) == stalled)
    return;
  if (stalled)
    log::error("store.stalled", {{log::key::duration_ms, age / 1'000}});
  else
    log::info("store.stall_over");
}

std::vector<std::string> complaints(const node_services& services) {
  std::vector<std::string> out;
  if (!services.health.store_ok)
    out.emplace_back("store: a write failed, the node ends");
  if (is_stalled(services))
    out.push_back(fmt::format("store: stalled, a write takes {} s so far", write_age_us(services) / 1'000'000));
  if (is_deaf(services))
    out.emplace_back("ingest: does not answer");
  if (services.health.disk == storage::disk_state::low)
    out.emplace_back("disk: low, no events are taken");
  if (services.health.disk == storage::disk_state::exhausted)
    out.emplace_back("disk: full, nothing is written");
  for (const auto& [handler, now] : services.breakers.open())
    out.push_back(now.state == "paused" ? fmt::format("handler {}: paused", handler)
                                        : fmt::format("handler {}: an incident since {}, {} jobs wait", handler,
                                                      to_rfc3339(now.since), now.waiting));
  return out;
}

} // namespace weir::actors
