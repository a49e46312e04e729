#include "domain/demo/crash_handler.hpp"

#include <stdexcept>

namespace weir {

namespace {

/// Whether this run is one of those that shall fail.
bool shall_fail(const event& ev, std::uint32_t attempt) {
  if (ev.kind != payload_kind::json)
    return true;
  const auto times = ev.data().get<std::uint64_t>("/times");
  return !times || attempt <= *times;
}

} // namespace

outcome crash_handler::handle(const event& ev, context& ctx) {
  if (ev.type == "weir.demo.dead")
    return dead("demo", "the event asked for it");
  if (ev.type != "weir.demo.crash" && ev.type != "weir.demo.retry")
    return skip();
  if (!shall_fail(ev, ctx.attempt()))
    return ok();
  const auto detail = "run " + std::to_string(ctx.attempt()) + " fails as the event asked";
  if (ev.type == "weir.demo.crash")
    throw std::runtime_error(detail);
  return retry(detail);
}

handler_entry crash_entry(retry_policy policy) {
  return {"demo-failures", on("weir.demo.*"), "fails on purpose: weir.demo.crash, weir.demo.retry, weir.demo.dead",
          [] { return std::make_unique<crash_handler>(); }, policy};
}

} // namespace weir
