#include "support/plan_handler.hpp"

#include <fmt/format.h>

#include <sstream>
#include <stdexcept>

namespace weir::testing {

namespace {

class plan_handler final : public handler {
public:
  explicit plan_handler(run_notes notes) : notes_(std::move(notes)) {
    // nop
  }

  outcome handle(const event& ev, context& ctx) override {
    notes_->push_back(fmt::format("{}#{}", ev.id, ctx.attempt()));
    std::istringstream plan{ev.data().root().get<std::string>()};
    std::string verb;
    std::uint32_t times = 0;
    plan >> verb >> times;
    // Asked for before it is known whether the run succeeds: must not show.
    ctx.put_record("seen", ev.id, {{"run", ctx.attempt()}});
    ctx.set_state({{"count", ctx.state().is_null() ? 1 : ctx.state()["count"].get<int>() + 1}});
    if (verb == "throw" && ctx.attempt() <= times)
      throw std::runtime_error("planned crash of " + ev.id);
    if (verb == "retry" && ctx.attempt() <= times)
      return retry("planned retry");
    if (verb == "dead")
      return dead("planned-end", "planned end of " + ev.id);
    if (verb == "skip")
      return skip();
    for (std::uint32_t i = 0; verb == "emit" && i < times; ++i)
      ctx.emit("made", {{"by", ev.id}});
    return ok();
  }

private:
  run_notes notes_;
};

} // namespace

std::shared_ptr<const handler_registry> plan_handlers(run_notes notes) {
  auto out = std::make_shared<handler_registry>();
  auto added = out->add({"plan", on("work"), "does what the payload says",
                         [notes] { return std::make_unique<plan_handler>(notes); }, retry_policy{}});
  if (!added)
    throw std::logic_error(added.error().detail);
  return out;
}

} // namespace weir::testing
