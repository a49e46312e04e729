#include "domain/demo/effects_handler.hpp"

#include <algorithm>
#include <chrono>
#include <tuple>

namespace weir {

namespace {

/// More would only try the limit of what one event may cause.
constexpr std::uint64_t most_times = 1'000;

std::string text_at(const event& ev, const char* where) {
  const auto text = ev.data().get<std::string>(where);
  return text ? *text : std::string{};
}

outcome send(const event& ev, context& ctx, std::uint64_t n) {
  const auto to = text_at(ev, "/to");
  if (to.empty())
    return dead("demo", "to is missing: the job to send to");
  ctx.emit_to(to, "demo.sent", {{"by", ev.id}, {"n", n}});
  return ok();
}

outcome ring_later(const event& ev, context& ctx, std::uint64_t n) {
  constexpr std::uint64_t day = 86'400'000;
  const auto wait = ev.data().get<std::uint64_t>("/ms");
  if (!wait || *wait > day)
    return dead("demo", "ms is missing or more than a day: how long to wait");
  ctx.after(std::chrono::milliseconds{*wait}, "demo.rang", {{"by", ev.id}, {"n", n}});
  return ok();
}

outcome add_row(const event& ev, context& ctx, std::uint64_t n) {
  const auto sink = text_at(ev, "/sink");
  ctx.to_sink(sink.empty() ? "demo" : sink, {{"by", ev.id}, {"n", n}});
  return ok();
}

} // namespace

outcome effects_handler::handle(const event& ev, context& ctx) {
  const auto act = ev.type == "weir.demo.send" ? send : ev.type == "weir.demo.later" ? ring_later : add_row;
  const auto wanted = ev.data().get<std::uint64_t>("/times");
  const auto times = std::min(wanted ? *wanted : 1, most_times);
  for (std::uint64_t n = 0; n < times; ++n)
    if (auto done = act(ev, ctx, n); done.what != outcome::kind::ok)
      return done;
  return ok();
}

status add_effects_entries(handler_registry& registry, const retry_policy& policy) {
  const auto make = [] { return std::make_unique<effects_handler>(); };
  for (const auto& [name, type, description] :
       {std::tuple{"demo-send", "weir.demo.send", "sends demo.sent into the job that the event names"},
        std::tuple{"demo-later", "weir.demo.later", "lets demo.rang come into its job later"},
        std::tuple{"demo-row", "weir.demo.row", "adds a row for the sink that the event names"}})
    if (auto added = registry.add({name, on(type), description, make, policy}); !added)
      return added;
  return {};
}

} // namespace weir
