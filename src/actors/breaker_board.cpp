#include "actors/breaker_board.hpp"

#include "telemetry/log.hpp"

#include <algorithm>

namespace weir::actors {

void breaker_board::prepare(const handler_registry& handlers, breaker_policy policy) {
  for (const auto& entry : handlers.entries()) {
    auto made = std::make_unique<slot>();
    made->name = entry.name;
    made->rules = breaker{policy};
    slots_.push_back(std::move(made));
  }
}

std::optional<std::chrono::milliseconds> breaker_board::admit(std::size_t handler, const job_id& job, timestamp now) {
  auto& at = *slots_[handler];
  if (!at.watching.load(std::memory_order_relaxed))
    return std::nullopt;
  std::lock_guard guard{at.guard};
  return at.rules.admit(job, now);
}

void breaker_board::succeeded(std::size_t handler, const job_id& job, timestamp now) {
  auto& at = *slots_[handler];
  if (!at.watching.load(std::memory_order_relaxed))
    return;
  std::lock_guard guard{at.guard};
  const auto was_open = at.rules.current().has_value();
  at.rules.succeeded(job, now);
  if (was_open && !at.rules.current())
    log::info("handler.recovered", {{log::key::handler, at.name}});
  at.watching = at.rules.is_watching(now);
}

bool breaker_board::failed(std::size_t handler, const job_id& job, const breaker_failure& why, timestamp now) {
  auto& at = *slots_[handler];
  std::lock_guard guard{at.guard};
  const auto was_open = at.rules.current().has_value();
  const auto belongs = at.rules.failed(job, why, now);
  at.watching = true;
  if (const auto now_open = at.rules.current(); now_open && !was_open)
    log::error("handler.incident", {{log::key::handler, at.name},
                                    {log::key::count, now_open->jobs},
                                    {log::key::error, why.code},
                                    {log::key::detail, why.detail}});
  return belongs;
}

void breaker_board::forget(const job_id& job) {
  for (const auto& at : slots_) {
    if (!at->watching.load(std::memory_order_relaxed))
      continue;
    std::lock_guard guard{at->guard};
    at->rules.forget(job);
  }
}

void breaker_board::trip(std::size_t handler, const breaker_failure& why, timestamp now) {
  auto& at = *slots_[handler];
  std::lock_guard guard{at.guard};
  if (!at.rules.current())
    log::error("handler.incident", {{log::key::handler, at.name},
                                    {log::key::count, 1},
                                    {log::key::error, why.code},
                                    {log::key::detail, why.detail}});
  at.rules.trip(why, now);
  at.watching = true;
}

// -- operators -------------------------------------------------------------------

breaker_board::slot* breaker_board::find_slot(const std::string& handler) const {
  const auto found =
      std::find_if(slots_.begin(), slots_.end(), [&handler](const auto& at) { return at->name == handler; });
  return found == slots_.end() ? nullptr : found->get();
}

status breaker_board::pause(const std::string& handler, timestamp now) {
  auto* at = find_slot(handler);
  if (!at)
    return fail(errc::not_found, "there is no handler \"" + handler + "\"");
  std::lock_guard guard{at->guard};
  at->rules.pause(now);
  at->watching = true;
  return {};
}

status breaker_board::resolve(const std::string& handler) {
  auto* at = find_slot(handler);
  if (!at)
    return fail(errc::not_found, "there is no handler \"" + handler + "\"");
  std::lock_guard guard{at->guard};
  if (!at->rules.current())
    return fail(errc::state_conflict, "handler \"" + handler + "\" has no incident and is not paused");
  at->rules.resolve();
  at->watching = false;
  return {};
}

std::optional<incident> breaker_board::find(const std::string& handler) const {
  const auto* at = find_slot(handler);
  if (!at)
    return std::nullopt;
  std::lock_guard guard{at->guard};
  return at->rules.current();
}

std::vector<std::pair<std::string, incident>> breaker_board::open() const {
  std::vector<std::pair<std::string, incident>> out;
  for (const auto& at : slots_) {
    std::lock_guard guard{at->guard};
    if (auto now = at->rules.current())
      out.emplace_back(at->name, std::move(*now));
  }
  return out;
}

} // namespace weir::actors
