#define CAF_SUITE domain.harness
#include "domain/testing/harness.hpp"

#include "domain/rules/rule.hpp"
#include "support/weir_test.hpp"

#include <functional>
#include <stdexcept>

using namespace weir;
using namespace std::chrono_literals;
using weir::testing::event_report;
using weir::testing::harness;
using kind = event_report::kind;

namespace {

using body_of_handler = std::function<outcome(const event&, context&)>;

class told_handler : public handler {
public:
  explicit told_handler(body_of_handler what) : what_(std::move(what)) {}
  outcome handle(const event& ev, context& ctx) override {
    return what_(ev, ctx);
  }

private:
  body_of_handler what_;
};

handler_factory make(body_of_handler what) {
  return [what = std::move(what)] { return std::make_unique<told_handler>(what); };
}

retry_policy steady(std::chrono::milliseconds wait, std::uint32_t attempts = 5) {
  retry_policy out;
  out.max_attempts = attempts;
  out.base = wait;
  out.factor = 1;
  out.jitter = retry_jitter::none;
  return out;
}

/// Counts its runs, in and out of its document.
outcome count_runs(const event&, context& ctx) {
  const auto n = ctx.state().is_null() ? 0 : ctx.state().get<int>();
  ctx.set_state(n + 1);
  return ok();
}

template <class Exception>
bool throws(const std::function<void()>& what) {
  try {
    what();
  } catch (const Exception&) {
    return true;
  }
  return false;
}

class mute_runner : public handler_runner {
public:
  void start(handler_call, answered) override {
    // nop
  }
  void stop() override {
    // nop
  }
};

} // namespace

CAF_TEST(all effects of an event become visible) {
  harness world{on("*"), make([](const event& ev, context& ctx) {
                  if (ev.type != "order.placed")
                    return skip();
                  ctx.put_record("orders", "o1", ev.data().root());
                  ctx.emit("order.seen", {{"n", 1}});
                  ctx.emit_to("warehouse", "pick", {{"n", 2}});
                  ctx.to_sink("olap", {{"n", 3}});
                  ctx.after(10min, "order.late", {{"n", 4}});
                  ctx.set_state({{"n", 5}});
                  return ok();
                })};
  const auto sent = world.send("shop", "order.placed", {{"amount", 12}});
  CAF_CHECK(sent.what == kind::done);
  CAF_CHECK_EQUAL(sent.seq, 1U);
  CAF_CHECK_EQUAL(sent.runs.at(0).outcome, "ok");
  CAF_CHECK(world.record("orders", "o1") == json({{"amount", 12}}));
  CAF_CHECK_EQUAL(world.records().size(), 1U);
  CAF_CHECK(world.record("orders", "o2").is_null());
  CAF_REQUIRE_EQUAL(world.emitted().size(), 1U);
  CAF_CHECK_EQUAL(world.emitted()[0].type, "order.seen");
  CAF_CHECK_EQUAL(world.emitted()[0].seq, 2U);
  CAF_CHECK(world.emitted()[0].data == json({{"n", 1}}));
  CAF_CHECK(world.emitted("other").empty());
  CAF_REQUIRE_EQUAL(world.outgoing().size(), 1U);
  CAF_CHECK_EQUAL(world.outgoing()[0].job, "warehouse");
  CAF_CHECK_EQUAL(world.stream("warehouse").size(), 1U);
  CAF_CHECK_EQUAL(world.stream("warehouse")[0].body->body.type, "pick");
  CAF_CHECK(world.rows("olap") == std::vector<json>({{{"n", 3}}}));
  CAF_CHECK(world.rows("other").empty());
  CAF_CHECK(world.state("shop") == json({{"n", 5}}));
  CAF_CHECK(world.state("shop", "other").is_null());
  CAF_CHECK_EQUAL(world.cursor("shop"), 1U);
  CAF_CHECK_EQUAL(world.stream("shop").size(), 2U);
  CAF_CHECK_EQUAL(world.cursor("nowhere"), 0U);
  CAF_REQUIRE_EQUAL(world.timers().size(), 1U);
  CAF_CHECK(world.timers()[0].due == world.now() + 10min);
}

CAF_TEST(timers enter their job when the clock gets there) {
  harness world{on("*"), make([](const event& ev, context& ctx) {
                  if (ev.type == "tick" && ev.data().root() < 3)
                    ctx.after(10min, "tick", ev.data().root().get<int>() + 1);
                  return ok();
                })};
  world.send("j", "tick", 1);
  world.advance(9min);
  CAF_CHECK_EQUAL(world.stream("j").size(), 1U);
  world.advance(1min);
  CAF_REQUIRE_EQUAL(world.stream("j").size(), 2U);
  CAF_CHECK_EQUAL(world.stream("j")[1].body->body.source, timer_source);
  CAF_CHECK(world.stream("j")[1].body->accepted_at == world.now());
  world.advance(1h);
  CAF_CHECK_EQUAL(world.stream("j").size(), 3U);
  CAF_CHECK(world.timers().empty());
  CAF_CHECK(!world.advance_to_next());
  CAF_CHECK_EQUAL(to_rfc3339(world.now()), "2026-01-01T01:10:00.000Z");
}

CAF_TEST(a retry waits for the clock and later events of its job wait behind it) {
  auto failures = std::make_shared<int>(2);
  harness world{on("*"), make([failures](const event& ev, context&) {
                  return ev.type == "hard" && (*failures)-- > 0 ? retry("not yet") : ok();
                }),
                steady(30s)};
  const auto first = world.send("a", "hard");
  CAF_CHECK(first.what == kind::waiting);
  CAF_CHECK_EQUAL(first.detail, "not yet");
  CAF_CHECK(world.send("a", "easy").what == kind::waiting);
  CAF_CHECK(world.send("b", "easy").what == kind::done);
  world.advance(29s);
  CAF_CHECK_EQUAL(world.report(first.id).runs.size(), 1U);
  world.advance(1s);
  CAF_CHECK_EQUAL(world.report(first.id).runs.size(), 2U);
  CAF_CHECK(world.advance_to_next());
  CAF_CHECK(world.report(first.id).what == kind::done);
  CAF_CHECK(world.report("event-2").what == kind::done);
  CAF_CHECK_EQUAL(world.cursor("a"), 2U);
  CAF_CHECK_EQUAL(world.report(first.id).runs.size(), 3U);
}

CAF_TEST(dead letters and parked jobs are told) {
  auto entry =
      make_rule_entry(json::parse(R"({"name":"r","on":"*","sink":"s","steps":[{"cast":{"a":"number"}}]})"), {});
  harness ruled{*entry};
  const auto gone = ruled.send("j", "x", {{"a", "b"}});
  CAF_CHECK(gone.what == kind::dead);
  CAF_CHECK_EQUAL(gone.code, "rule-type");
  CAF_REQUIRE_EQUAL(ruled.dead().size(), 1U);
  CAF_CHECK_EQUAL(ruled.dead()[0].event_id, gone.id);
  CAF_CHECK_EQUAL(ruled.cursor("j"), 1U);
  CAF_CHECK(ruled.rows("s").empty());

  harness tired{on("*"), make([](const event&, context&) { return retry("never"); }), steady(1s, 3)};
  const auto sent = tired.send("j", "x");
  tired.advance(1min);
  CAF_CHECK(tired.report(sent.id).what == kind::dead);
  CAF_CHECK_EQUAL(tired.report(sent.id).code, "attempts-exhausted");
  CAF_CHECK_EQUAL(tired.report(sent.id).runs.size(), 3U);

  handler_entry strict;
  strict.name = "strict";
  strict.pattern = on("x");
  strict.make = make([](const event&, context&) { return retry(); });
  strict.retry = steady(1s, 1);
  strict.on_exhausted = exhausted_policy::park;
  harness parking{strict};
  CAF_CHECK(parking.send("j", "x").what == kind::parked);
  CAF_CHECK(parking.send("j", "y").what == kind::parked);
  CAF_CHECK(parking.parked("j"));
  CAF_CHECK(!parking.parked("k"));
  CAF_CHECK(!parking.advance_to_next());
}

CAF_TEST(an exception counts as a run and nothing of it stays) {
  auto crashes = std::make_shared<int>(2);
  harness world{on("*"), make([crashes](const event& ev, context& ctx) {
                  const auto said = count_runs(ev, ctx);
                  if ((*crashes)-- > 0)
                    throw std::runtime_error("out of luck");
                  return said;
                })};
  const auto sent = world.send("j", "x");
  CAF_CHECK(sent.what == kind::done);
  CAF_REQUIRE_EQUAL(sent.runs.size(), 3U);
  CAF_CHECK_EQUAL(sent.runs[0].outcome, "crash");
  CAF_CHECK_EQUAL(sent.runs[0].handler, "handler");
  CAF_CHECK_EQUAL(sent.runs[0].detail, "out of luck");
  CAF_CHECK(world.state("j") == 1);
  *crashes = 100;
  const auto poison = world.send("j", "y");
  CAF_CHECK(poison.what == kind::dead);
  CAF_CHECK_EQUAL(poison.code, "handler-crashed");
  CAF_CHECK_EQUAL(poison.runs.size(), 5U);
  *crashes = 0;
  CAF_CHECK(world.send("j", "z").what == kind::done);
  CAF_CHECK(world.state("j") == 2);
}

CAF_TEST(the same event twice changes nothing) {
  harness world{on("*"), make(count_runs)};
  event one;
  one.id = "e1";
  one.source = "shop";
  one.job = "j";
  one.type = "x";
  CAF_CHECK_EQUAL(world.send(one).seq, 1U);
  CAF_CHECK_EQUAL(world.send(one).seq, 1U);
  CAF_CHECK(world.state("j") == 1);
  one.source = "other";
  world.send(one);
  CAF_CHECK(world.state("j") == 2);
  CAF_CHECK(throws<std::out_of_range>([&] { static_cast<void>(world.report("e2")); }));
}

CAF_TEST(handlers on threads run here and those in other processes are answered for) {
  auto registry = std::make_shared<handler_registry>();
  handler_entry worker;
  worker.name = "worker";
  worker.pattern = on("x");
  worker.make = make(count_runs);
  worker.kind = handler_kind::worker;
  worker.runner = std::make_shared<mute_runner>();
  CAF_REQUIRE(registry->add(worker).has_value());
  handler_entry remote;
  remote.name = "remote";
  remote.pattern = on("y");
  remote.kind = handler_kind::http;
  remote.runner = worker.runner;
  CAF_REQUIRE(registry->add(remote).has_value());
  harness world{registry};
  CAF_CHECK(world.send("j", "x").what == kind::done);
  CAF_CHECK(world.state("j", "worker") == 1);
  CAF_CHECK(throws<std::logic_error>([&] { static_cast<void>(world.send("j", "y")); }));
  harness answered{registry};
  answered.answer_outside([](const handler_call& call) {
    handler_answer out;
    out.wanted.emitted.push_back({call.handler + ".done", "{}"});
    return out;
  });
  CAF_CHECK(answered.send("j", "y").what == kind::done);
  CAF_CHECK_EQUAL(answered.emitted().at(0).type, "remote.done");
}

CAF_TEST(what a registry refuses is said at once and an endless timer is found) {
  handler_entry bad;
  bad.name = "Bad Name";
  CAF_CHECK(throws<std::invalid_argument>([&] { static_cast<void>(harness{bad}); }));
  harness endless{on("*"), make([](const event&, context& ctx) {
                    ctx.after(0ms, "again", {});
                    return ok();
                  })};
  endless.send("j", "x");
  CAF_CHECK(throws<std::logic_error>([&] { static_cast<void>(endless.advance(1ms)); }));
}
