#include "domain/demo/slow_handler.hpp"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <stop_token>

namespace weir {

namespace {

constexpr std::uint64_t longest_ms = 3'600'000;

std::chrono::milliseconds wanted(const event& ev) {
  if (ev.kind != payload_kind::json)
    return std::chrono::milliseconds{0};
  const auto ms = ev.data().get<std::uint64_t>("/ms");
  return std::chrono::milliseconds{ms ? std::min(*ms, longest_ms) : 0};
}

/// @returns whether it was told to stop before the time was over.
bool block(std::chrono::milliseconds time, const std::stop_token& stop) {
  std::mutex guard;
  std::unique_lock lock{guard};
  (void)std::condition_variable_any{}.wait_for(lock, stop, time, [] { return false; });
  return stop.stop_requested();
}

} // namespace

outcome slow_handler::handle(const event& ev, context& ctx) {
  if (ev.type == "weir.demo.block.hang") {
    const auto times = ev.data().get<std::uint64_t>("/times");
    if (!times || ctx.attempt() <= *times)
      (void)block(wanted(ev), {});
    ctx.put_record("hung", ev.id, {{"attempt", ctx.attempt()}});
    return ok();
  }
  if (ev.type != "weir.demo.block.sleep")
    return skip();
  return block(wanted(ev), ctx.stop()) ? retry("asked to stop") : ok();
}

handler_entry slow_entry(retry_policy policy) {
  handler_entry entry;
  entry.name = "demo-slow";
  entry.pattern = on("weir.demo.block.*");
  entry.description = "blocks on purpose: weir.demo.block.sleep, weir.demo.block.hang";
  entry.make = [] { return std::make_unique<slow_handler>(); };
  entry.retry = std::move(policy);
  entry.kind = handler_kind::worker;
  return entry;
}

} // namespace weir
