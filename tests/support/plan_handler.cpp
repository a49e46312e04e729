#include "support/plan_handler.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>
#include <stdexcept>

namespace weir::testing {

namespace {

class plan_handler final : public handler {
public:
  plan_handler(std::string name, run_notes notes, std::shared_ptr<plan_world> world)
      : name_(std::move(name)), notes_(std::move(notes)), world_(std::move(world)) {
    // nop
  }

  outcome handle(const event& ev, context& ctx) override {
    notes_->push_back(fmt::format("{}#{}", ev.id, ctx.attempt()));
    ++world_->runs[name_];
    const auto plan = read_plan(ev);
    // Asked for before it is known whether the run succeeds: must not show.
    ctx.put_record("seen", ev.id, {{"run", ctx.attempt()}});
    ctx.set_state({{"count", ctx.state().is_null() ? 1 : ctx.state()["count"].get<int>() + 1}});
    for (const auto& step : plan)
      want(ev, step, ctx);
    if (world_->down.contains(name_)) {
      if (world_->down.at(name_))
        throw std::runtime_error(std::string{outage_detail});
      return retry(std::string{outage_detail});
    }
    for (const auto& step : plan)
      if (const auto said = end(ev, step, ctx.attempt()); said.what != outcome::kind::ok)
        return said;
    return ok();
  }

private:
  static void want(const event& ev, const plan_step& step, context& ctx) {
    if (step.verb == "send")
      ctx.emit_to(step.argument, "work", "ok");
    if (step.verb == "after")
      ctx.after(std::chrono::milliseconds{step.times()}, "work", "ok");
    if (step.verb == "child") {
      auto plan = step.argument;
      std::ranges::replace(plan, '_', ' ');
      ctx.emit("work", plan);
    }
    for (std::uint32_t i = 0; step.verb == "row" && i < step.times(); ++i)
      ctx.to_sink("olap", {{"by", ev.id}, {"n", i}});
    for (std::uint32_t i = 0; step.verb == "emit" && i < step.times(); ++i)
      ctx.emit("made", {{"by", ev.id}});
  }

  static outcome end(const event& ev, const plan_step& step, std::uint32_t attempt) {
    if (step.verb == "throw" && attempt <= step.times())
      throw std::runtime_error("planned crash of " + ev.id);
    if (step.verb == "retry" && attempt <= step.times())
      return retry("planned retry");
    if (step.verb == "later" && attempt == 1)
      return retry_after(std::chrono::milliseconds{step.times()}, "planned wait");
    if (step.verb == "dead")
      return dead("planned-end", "planned end of " + ev.id);
    return step.verb == "skip" ? skip() : ok();
  }

  std::string name_;
  run_notes notes_;
  std::shared_ptr<plan_world> world_;
};

} // namespace

std::uint32_t plan_step::times() const {
  return static_cast<std::uint32_t>(std::stoul(argument));
}

std::vector<plan_step> read_plan(const event& body) {
  std::vector<plan_step> out;
  std::istringstream text{body.data().root().get<std::string>()};
  for (std::string clause; std::getline(text, clause, ';');) {
    std::istringstream words{clause};
    plan_step& step = out.emplace_back();
    words >> step.verb >> step.argument;
  }
  return out;
}

void patient_runner::start(handler_call call, answered done) {
  runs_.push_back({std::move(call), std::move(done)});
}

void patient_runner::stop() {
  runs_.clear();
}

std::string patient_runner::waiting() const {
  std::string out;
  for (const auto& one : runs_)
    out += fmt::format("{}{}#{}", out.empty() ? "" : " ", one.call.body->body.id, one.call.attempt);
  return out;
}

bool patient_runner::answer(const std::string& event_id, handler_answer what) {
  const auto found =
      std::find_if(runs_.begin(), runs_.end(), [&](const started& one) { return one.call.body->body.id == event_id; });
  if (found == runs_.end())
    return false;
  const auto done = std::move(found->done);
  runs_.erase(found);
  done(std::move(what));
  return true;
}

std::shared_ptr<const handler_registry> plan_handlers(run_notes notes, std::shared_ptr<patient_runner> away,
                                                      std::shared_ptr<plan_world> world) {
  const auto make = [notes, world](const char* name) {
    return [=] { return std::make_unique<plan_handler>(name, notes, world); };
  };
  auto out = std::make_shared<handler_registry>();
  handler_entry plan;
  plan.name = "plan";
  plan.pattern = on("work");
  plan.description = "does what the payload says";
  plan.make = make("plan");
  auto strict = plan;
  strict.name = "strict";
  strict.make = make("strict");
  strict.pattern = on("strict");
  strict.on_exhausted = exhausted_policy::park;
  handler_entry remote;
  remote.name = "remote";
  remote.pattern = on("remote.*");
  remote.description = "runs elsewhere";
  remote.kind = handler_kind::http;
  remote.runner = std::move(away);
  for (auto& entry : {plan, strict, remote})
    if (auto added = out->add(entry); !added)
      throw std::logic_error(added.error().detail);
  return out;
}

} // namespace weir::testing
