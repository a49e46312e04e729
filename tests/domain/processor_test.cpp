#define CAF_SUITE domain.processor
#include "domain/processor.hpp"

#include "domain/dead_letter.hpp"
#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <functional>
#include <set>
#include <stdexcept>
#include <tuple>

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;
using weir_test::sample_event;
using kind = processed_event::kind;

namespace {

using body_of_handler = std::function<outcome(const event&, context&)>;

class scripted_handler : public handler {
public:
  explicit scripted_handler(body_of_handler what) : what_(std::move(what)) {}
  outcome handle(const event& ev, context& ctx) override {
    return what_(ev, ctx);
  }

private:
  body_of_handler what_;
};

class fixture {
public:
  fixture& add(std::string name, std::string pattern, body_of_handler what, retry_policy policy = {}) {
    const auto added = registry_->add({std::move(name), on(std::move(pattern)), "",
                                       [what] { return std::make_unique<scripted_handler>(what); }, policy});
    CAF_REQUIRE(added.has_value());
    return *this;
  }

  fixture& unknown(unknown_policy policy) {
    registry_->set_unknown(policy);
    return *this;
  }

  processor make(std::vector<std::pair<std::string, std::string>> states = {}) const {
    return {registry_, std::move(states)};
  }

private:
  std::shared_ptr<handler_registry> registry_ = std::make_shared<handler_registry>();
};

processed_event run(processor& job, const event_ptr& body, const std::vector<attempt>& earlier = {}, sequence next = 5,
                    double jitter = 0.0) {
  return job.run(body, next, earlier, at(1s), jitter);
}

outcome count_state(const event&, context& ctx) {
  const auto n = ctx.state().is_null() ? 0 : ctx.state().at("n").get<int>();
  ctx.set_state({{"n", n + 1}});
  return ok();
}

// By value: a check macro keeps no temporary alive whose member it was given.
std::string first_state(const processed_event& done) {
  return done.states.at(0).second;
}

std::string first_document(const processed_event& done) {
  return done.records.at(0).document;
}

std::string code_of(const processed_event& gone) {
  return gone.letter ? gone.letter->code : "no letter";
}

attempt failed_run(std::uint32_t number, std::string outcome = "retry") {
  return {number, at(0s), "h", std::move(outcome), "x", "failed before", 0};
}

} // namespace

CAF_TEST(an event without a handler passes through) {
  auto job = fixture{}.add("other", "other.*", [](const event&, context&) { return ok(); }).make();
  const auto done = run(job, sample_event("e1"));
  CAF_CHECK(done.what == kind::done);
  CAF_REQUIRE_EQUAL(done.entries.size(), 1U);
  CAF_CHECK_EQUAL(done.entries[0].seq, 5U);
  CAF_CHECK(done.entries[0].kind == entry_kind::event);
  CAF_CHECK(done.entries[0].runs.empty());
  CAF_CHECK(done.records.empty());
  CAF_CHECK(done.states.empty());
}

CAF_TEST(the effects of all handlers of an event come together) {
  auto put = [](const event& ev, context& ctx) {
    ctx.put_record("seen", ev.id, {{"seq", ctx.seq()}, {"attempt", ctx.attempt()}, {"at", ctx.now()}});
    return ok();
  };
  auto job = fixture{}.add("one", "item.*", put).add("two", "*", put).make();
  const auto done = run(job, sample_event("e1"), {failed_run(1)});
  CAF_CHECK(done.what == kind::done);
  CAF_REQUIRE_EQUAL(done.records.size(), 2U);
  CAF_CHECK_EQUAL(done.records[0].key, "e1");
  CAF_CHECK_EQUAL(json::parse(done.records[0].document).at("seq").get<int>(), 5);
  CAF_CHECK_EQUAL(json::parse(done.records[0].document).at("attempt").get<int>(), 2);
  CAF_CHECK_EQUAL(json::parse(done.records[0].document).at("at").get<std::string>(), to_rfc3339(at(0s)));
  const auto& runs = done.entries[0].runs;
  CAF_REQUIRE_EQUAL(runs.size(), 3U);
  CAF_CHECK_EQUAL(runs[0].outcome, "retry");
  CAF_CHECK_EQUAL(runs[1].handler, "one");
  CAF_CHECK_EQUAL(runs[2].handler, "two");
  CAF_CHECK_EQUAL(runs[2].outcome, "ok");
  CAF_CHECK_EQUAL(runs[2].number, 2U);
  CAF_CHECK(runs[2].at == at(1s));
}

CAF_TEST(an emitted event follows its cause and is handled in the same run) {
  const auto cause = sample_event("e1");
  auto job = fixture{}
                 .add("splitter", "item.seen",
                      [](const event&, context& ctx) {
                        ctx.emit("part.made", {{"n", 1}});
                        ctx.emit("part.made", {{"n", 2}});
                        return ok();
                      })
                 .add("parts", "part.made",
                      [](const event& ev, context& ctx) {
                        ctx.put_record("parts", ev.id, ev.data().root());
                        if (ev.data().root().at("n") == 2)
                          ctx.emit("part.last", nullptr);
                        return ok();
                      })
                 .make();
  const auto done = run(job, cause);
  CAF_CHECK(done.what == kind::done);
  CAF_REQUIRE_EQUAL(done.entries.size(), 4U);
  CAF_CHECK_EQUAL(done.records.size(), 2U);
  std::set<std::string> ids;
  for (std::size_t i = 0; i < 4; ++i) {
    CAF_CHECK_EQUAL(done.entries[i].seq, 5 + i);
    ids.insert(done.entries[i].body->body.id);
  }
  CAF_CHECK_EQUAL(ids.size(), 4U);
  const auto& second = done.entries[2];
  CAF_CHECK(second.kind == entry_kind::emitted);
  CAF_CHECK_EQUAL(second.caused_by, 2U);
  CAF_CHECK_EQUAL(second.body->body.source, "weir");
  CAF_CHECK_EQUAL(second.body->body.job, "job-1");
  CAF_CHECK_EQUAL(second.body->body.payload, "{\"n\":2}");
  CAF_CHECK_EQUAL(second.body->body.causation, "e1");
  CAF_CHECK_EQUAL(second.body->position, 0U);
  CAF_CHECK(second.body->body.time == cause->accepted_at);
  CAF_CHECK_EQUAL(second.runs.size(), 1U);
  CAF_CHECK_EQUAL(done.entries[3].caused_by, 1U);
  CAF_CHECK_EQUAL(done.entries[3].body->body.causation, second.body->body.id);
  CAF_CHECK(done.entries[3].runs.empty());
  // A second run of the same event gives the same ids.
  const auto repeated = run(job, cause, {failed_run(1)});
  for (std::size_t i = 0; i < 4; ++i)
    CAF_CHECK_EQUAL(repeated.entries[i].body->body.id, done.entries[i].body->body.id);
}

CAF_TEST(a skipped handler leaves no effects and does not disturb the others) {
  auto job = fixture{}
                 .add("skips", "*",
                      [](const event&, context& ctx) {
                        ctx.put_record("a", "b", 1);
                        ctx.emit("x", 1);
                        ctx.set_state(1);
                        return skip();
                      })
                 .add("counts", "*", count_state)
                 .make();
  const auto done = run(job, sample_event("e1"));
  CAF_CHECK(done.what == kind::done);
  CAF_CHECK_EQUAL(done.entries.size(), 1U);
  CAF_CHECK(done.records.empty());
  CAF_REQUIRE_EQUAL(done.states.size(), 1U);
  CAF_CHECK_EQUAL(done.states[0].first, "counts");
  CAF_CHECK_EQUAL(done.entries[0].runs[0].outcome, "skip");
}

CAF_TEST(state is kept between events and seen by later events of the same run) {
  auto job = fixture{}
                 .add("counts", "*", count_state)
                 .add("echo", "item.seen",
                      [](const event&, context& ctx) {
                        ctx.emit("echo", nullptr);
                        return ok();
                      })
                 .make({{"counts", R"({"n":7})"}});
  CAF_CHECK_EQUAL(first_state(run(job, sample_event("e1"))), R"({"n":9})");
  CAF_CHECK_EQUAL(first_state(run(job, sample_event("e2"))), R"({"n":11})");
}

CAF_TEST(a null state erases) {
  auto job = fixture{}
                 .add("h", "*",
                      [](const event& ev, context& ctx) {
                        if (ev.id == "erase")
                          ctx.set_state(nullptr);
                        else
                          ctx.put_record("states", "now", ctx.state());
                        return ok();
                      })
                 .make({{"h", "1"}});
  CAF_CHECK_EQUAL(first_document(run(job, sample_event("look"))), "1");
  CAF_CHECK_EQUAL(first_state(run(job, sample_event("erase"))), "");
  CAF_CHECK_EQUAL(first_document(run(job, sample_event("look"))), "null");
}

CAF_TEST(a retry has no effects and waits as its policy says) {
  auto job = fixture{}
                 .add("counts", "*", count_state)
                 .add("h", "*", [](const event&, context&) { return retry("not yet"); }, {3, 2s, 2.0, 60s})
                 .make();
  const auto first = run(job, sample_event("e1"));
  CAF_CHECK(first.what == kind::retry);
  CAF_CHECK_EQUAL(first.wait.count(), 1'000);
  CAF_CHECK(first.entries.empty());
  CAF_CHECK(first.states.empty());
  CAF_CHECK(!first.letter.has_value());
  CAF_CHECK_EQUAL(first.failed.number, 1U);
  CAF_CHECK_EQUAL(first.failed.handler, "h");
  CAF_CHECK_EQUAL(first.failed.outcome, "retry");
  CAF_CHECK_EQUAL(first.failed.detail, "not yet");
  const auto second = run(job, sample_event("e1"), {first.failed}, 5, 0.5);
  CAF_CHECK_EQUAL(second.wait.count(), 3'000);
  CAF_CHECK_EQUAL(second.failed.number, 2U);
  const auto third = run(job, sample_event("e1"), {first.failed, second.failed});
  CAF_CHECK(third.what == kind::dead);
  CAF_CHECK_EQUAL(third.letter->code, "attempts-exhausted");
  CAF_CHECK_EQUAL(third.letter->attempts.size(), 3U);
  CAF_CHECK_EQUAL(third.entries.at(0).runs.size(), 3U);
  CAF_CHECK_EQUAL(third.entries.at(0).runs.back().code, "attempts-exhausted");
}

CAF_TEST(a retry comes not before the time that the handler named) {
  auto job =
      fixture{}
          .add("h", "*", [](const event& ev, context&) { return retry_after(ev.id == "long" ? 90s : 10ms, "busy"); })
          .make();
  CAF_CHECK_EQUAL(run(job, sample_event("long")).wait.count(), 90'000);
  CAF_CHECK_EQUAL(run(job, sample_event("short")).wait.count(), 1'000);
}

CAF_TEST(a dead event leaves one entry and a letter and no effects) {
  auto job = fixture{}
                 .add("counts", "*", count_state)
                 .add("h", "*", [](const event&, context&) { return dead("bad-score", "score 7 is bad"); })
                 .make();
  const auto gone = run(job, sample_event("e1", "item.seen", "{}", 4'711), {failed_run(1)});
  CAF_CHECK(gone.what == kind::dead);
  CAF_REQUIRE_EQUAL(gone.entries.size(), 1U);
  CAF_CHECK(gone.entries[0].kind == entry_kind::dead);
  CAF_CHECK_EQUAL(gone.entries[0].seq, 5U);
  CAF_CHECK(gone.records.empty());
  CAF_CHECK(gone.states.empty());
  CAF_REQUIRE(gone.letter.has_value());
  const auto& letter = *gone.letter;
  CAF_CHECK_EQUAL(letter.id, dead_letter_id(4'711));
  CAF_CHECK_EQUAL(letter.job, "job-1");
  CAF_CHECK_EQUAL(letter.seq, 5U);
  CAF_CHECK_EQUAL(letter.position, 4'711U);
  CAF_CHECK_EQUAL(letter.event_id, "e1");
  CAF_CHECK_EQUAL(letter.event_type, "item.seen");
  CAF_CHECK_EQUAL(letter.source, "api");
  CAF_CHECK_EQUAL(letter.handler, "h");
  CAF_CHECK_EQUAL(letter.code, "bad-score");
  CAF_CHECK_EQUAL(letter.detail, "score 7 is bad");
  CAF_CHECK_EQUAL(letter.fingerprint, failure_fingerprint("h", "bad-score", "score 8 is bad"));
  CAF_CHECK_EQUAL(letter.attempts.size(), 2U);
  CAF_CHECK_EQUAL(letter.attempts.back().outcome, "dead");
  CAF_CHECK_EQUAL(letter.state, "open");
  CAF_CHECK(letter.accepted_at == at(0s));
  CAF_CHECK(letter.died_at == at(1s));
}

CAF_TEST(a long detail of a dead event is cut) {
  auto job = fixture{}.add("h", "*", [](const event&, context&) { return dead("", std::string(999, 'x')); }).make();
  const auto gone = run(job, sample_event("e1"));
  CAF_CHECK_EQUAL(gone.letter->detail.size(), 255U);
  CAF_CHECK_EQUAL(gone.failed.detail.size(), 255U);
  CAF_CHECK_EQUAL(gone.letter->code, "handler-dead");
}

CAF_TEST(an emitted event that fails takes its cause with it) {
  auto job = fixture{}
                 .add("splitter", "item.seen",
                      [](const event&, context& ctx) {
                        ctx.put_record("a", "b", 1);
                        ctx.emit("part", nullptr);
                        return ok();
                      })
                 .add("parts", "part", [](const event&, context&) { return dead("no", "no"); })
                 .make();
  const auto gone = run(job, sample_event("e1"));
  CAF_CHECK(gone.what == kind::dead);
  CAF_CHECK_EQUAL(gone.entries.size(), 1U);
  CAF_CHECK(gone.records.empty());
  CAF_CHECK_EQUAL(gone.letter->event_id, "e1");
  CAF_CHECK_EQUAL(gone.letter->handler, "parts");
}

CAF_TEST(a loop of emitted events ends at the hop limit) {
  auto job = fixture{}
                 .add("loop", "*",
                      [](const event&, context& ctx) {
                        ctx.emit("again", nullptr);
                        return ok();
                      })
                 .make();
  const auto gone = run(job, sample_event("e1"));
  CAF_CHECK(gone.what == kind::dead);
  CAF_CHECK_EQUAL(gone.letter->code, "hop-limit");
}

CAF_TEST(a chain up to the hop limit is done) {
  auto job = fixture{}
                 .add("chain", "*",
                      [](const event& ev, context& ctx) {
                        const auto n = ev.data().root().is_number() ? ev.data().root().get<std::uint32_t>() : 0U;
                        if (n < max_hops)
                          ctx.emit("again", n + 1);
                        return ok();
                      })
                 .make();
  const auto done = run(job, sample_event("e1"));
  CAF_CHECK(done.what == kind::done);
  CAF_CHECK_EQUAL(done.entries.size(), max_hops + 1U);
}

CAF_TEST(events that multiply at every hop end before they fill the memory) {
  auto job = fixture{}
                 .add("burst", "*",
                      [](const event&, context& ctx) {
                        for (int i = 0; i < 16; ++i)
                          ctx.emit("again", nullptr);
                        return ok();
                      })
                 .make();
  CAF_CHECK_EQUAL(code_of(run(job, sample_event("e1"))), "hop-limit");
}

CAF_TEST(an exception passes through and changes nothing but the name of the running handler) {
  bool broken = true;
  auto job = fixture{}
                 .add("counts", "*", count_state)
                 .add("breaks", "*",
                      [&broken](const event&, context&) -> outcome {
                        if (broken)
                          throw std::runtime_error("broken");
                        return ok();
                      })
                 .make();
  bool thrown = false;
  try {
    std::ignore = run(job, sample_event("e1"));
  } catch (const std::runtime_error&) {
    thrown = true;
  }
  CAF_CHECK(thrown);
  CAF_CHECK_EQUAL(job.running(), "breaks");
  broken = false;
  const auto done = run(job, sample_event("e1"));
  CAF_CHECK_EQUAL(done.states.at(0).second, R"({"n":1})");
  CAF_CHECK_EQUAL(job.running(), "");
}

CAF_TEST(an event that crashed too often is given up with its last run as the reason) {
  const auto gone = give_up(sample_event("e1"), 9, {failed_run(1, "crash"), failed_run(2, "crash")}, at(3s),
                            errc::handler_crashed, "it broke");
  CAF_CHECK(gone.what == kind::dead);
  CAF_CHECK_EQUAL(gone.entries.at(0).seq, 9U);
  CAF_CHECK_EQUAL(gone.entries.at(0).runs.back().code, "handler-crashed");
  CAF_CHECK_EQUAL(gone.entries.at(0).runs.back().outcome, "crash");
  CAF_CHECK_EQUAL(gone.letter->code, "handler-crashed");
  CAF_CHECK_EQUAL(gone.letter->detail, "it broke");
  CAF_CHECK_EQUAL(gone.letter->handler, "h");
  CAF_CHECK_EQUAL(gone.letter->attempts.size(), 2U);
}

CAF_TEST(a late event is given up without a run) {
  const auto gone = give_up(sample_event("e1"), 9, {}, at(3s), errc::late, "in the gap 5-7");
  CAF_CHECK(gone.entries.at(0).runs.empty());
  CAF_CHECK_EQUAL(gone.letter->code, "late");
  CAF_CHECK_EQUAL(gone.letter->handler, "");
  CAF_CHECK_EQUAL(gone.letter->detail, "in the gap 5-7");
}

CAF_TEST(crashes count against the largest policy that takes the type) {
  const auto fine = [](const event&, context&) { return ok(); };
  const auto job =
      fixture{}.add("a", "item.*", fine, {3, 1s, 2.0, 1s}).add("b", "item.seen", fine, {7, 1s, 2.0, 1s}).make();
  CAF_CHECK_EQUAL(job.max_attempts("item.seen"), 7U);
  CAF_CHECK_EQUAL(job.max_attempts("item.other"), 3U);
  CAF_CHECK_EQUAL(job.max_attempts("user.seen"), 5U);
}

// -- effects elsewhere ----------------------------------------------------------

CAF_TEST(events for other jobs carry their cause and a hop) {
  auto job = fixture{}
                 .add("h", "item.*",
                      [](const event&, context& ctx) {
                        ctx.emit_to("job-2", "item.copied", {{"n", 1}});
                        ctx.emit_to("job-1", "note", 7);
                        return ok();
                      })
                 .make();
  const auto cause = sample_event("e1");
  const auto done = run(job, cause);
  CAF_REQUIRE_EQUAL(done.outgoing.size(), 1U);
  const auto& sent = done.outgoing[0];
  CAF_CHECK_EQUAL(sent.job, "job-2");
  CAF_CHECK_EQUAL(sent.type, "item.copied");
  CAF_CHECK_EQUAL(sent.payload, R"({"n":1})");
  CAF_CHECK_EQUAL(sent.causation, "e1");
  CAF_CHECK_EQUAL(sent.hops, 1U);
  CAF_CHECK_EQUAL(sent.source, "weir");
  // Into its own job it is an emitted event like others.
  CAF_CHECK_EQUAL(done.entries.at(1).body->body.type, "note");
  // The same in every run.
  CAF_CHECK_EQUAL(run(job, cause).outgoing.at(0).id, sent.id);
  CAF_CHECK(run(job, sample_event("e2")).outgoing.at(0).id != sent.id);
}

CAF_TEST(a chain of jobs ends at the hop limit) {
  auto job = fixture{}
                 .add("h", "item.*",
                      [](const event&, context& ctx) {
                        ctx.emit_to("job-2", "item.copied", nullptr);
                        return ok();
                      })
                 .make();
  auto far = std::make_shared<accepted_event>(*sample_event("e1"));
  far->body.hops = max_hops - 1;
  CAF_CHECK_EQUAL(run(job, far).outgoing.at(0).hops, max_hops);
  far->body.hops = max_hops;
  const auto gone = run(job, far);
  CAF_CHECK(gone.what == kind::dead);
  CAF_CHECK_EQUAL(gone.letter->code, "hop-limit");
  CAF_CHECK(gone.outgoing.empty());
}

CAF_TEST(rows and timers belong to the run that asked for them) {
  auto job = fixture{}
                 .add("h", "item.*",
                      [](const event&, context& ctx) {
                        ctx.to_sink("olap", {{"n", 1}});
                        ctx.after(90s, "item.reminder", {{"n", 2}});
                        return ok();
                      })
                 .make();
  const auto done = run(job, sample_event("e1"));
  CAF_REQUIRE_EQUAL(done.rows.size(), 1U);
  CAF_CHECK_EQUAL(done.rows[0].sink, "olap");
  CAF_CHECK_EQUAL(done.rows[0].seq, done.entries.at(0).seq);
  CAF_REQUIRE_EQUAL(done.timers.size(), 1U);
  CAF_CHECK(done.timers[0].due == at(90s));
  CAF_CHECK_EQUAL(done.timers[0].body.source, timer_source);
  CAF_CHECK_EQUAL(done.timers[0].body.type, "item.reminder");
  CAF_CHECK_EQUAL(done.timers[0].body.job, "job-1");
}

CAF_TEST(a run that fails asks for nothing) {
  auto job = fixture{}
                 .add("a", "item.*",
                      [](const event&, context& ctx) {
                        ctx.emit_to("job-2", "t", nullptr);
                        ctx.to_sink("olap", 1);
                        ctx.after(1s, "t", nullptr);
                        return ok();
                      })
                 .add("b", "item.*", [](const event&, context&) { return dead("no"); })
                 .make();
  const auto gone = run(job, sample_event("e1"));
  CAF_CHECK(gone.what == kind::dead);
  CAF_CHECK(gone.outgoing.empty() && gone.rows.empty() && gone.timers.empty());
}

CAF_TEST(only failed runs since the job was parked count) {
  CAF_CHECK_EQUAL(counted_attempts({}), 0U);
  CAF_CHECK_EQUAL(counted_attempts({failed_run(1, "retry"), failed_run(2, "retry")}), 2U);
  CAF_CHECK_EQUAL(counted_attempts({failed_run(1, "retry"), failed_run(2, "park"), failed_run(3, "retry")}), 1U);
}

CAF_TEST(an event of an unknown type passes or dies as configured) {
  fixture f;
  f.add("items", "item.*", [](const event&, context& ctx) {
    ctx.emit("derived.unknown", {});
    return ok();
  });
  auto lenient = f.make();
  const auto passed = run(lenient, sample_event("e1", "user.seen"));
  CAF_CHECK(passed.what == kind::done);
  CAF_CHECK_EQUAL(passed.entries.size(), 1U);
  f.unknown(unknown_policy::dead_letter);
  auto strict = f.make();
  const auto gone = run(strict, sample_event("e1", "user.seen"));
  CAF_REQUIRE(gone.what == kind::dead);
  CAF_CHECK_EQUAL(code_of(gone), "unknown-type");
  CAF_CHECK_EQUAL(gone.letter->detail, "no handler takes type user.seen");
  CAF_CHECK_EQUAL(gone.letter->handler, "");
  CAF_CHECK_EQUAL(gone.letter->seq, 5U);
  CAF_CHECK_EQUAL(gone.entries.at(0).runs.size(), 1U);
  // A run of before, when there was a handler, stays what it was.
  const auto later = run(strict, sample_event("e1", "user.seen"), {failed_run(1)});
  CAF_REQUIRE_EQUAL(later.letter->attempts.size(), 2U);
  CAF_CHECK_EQUAL(later.letter->attempts.at(0).code, "x");
  CAF_CHECK_EQUAL(later.letter->attempts.at(1).code, "unknown-type");
  // What handlers say themselves is never unknown.
  const auto emitted = run(strict, sample_event("e2", "item.seen"));
  CAF_CHECK(emitted.what == kind::done);
  CAF_CHECK_EQUAL(emitted.entries.size(), 2U);
  auto timed = *sample_event("e3", "user.seen");
  timed.body.source = timer_source;
  CAF_CHECK(run(strict, std::make_shared<accepted_event>(timed)).what == kind::done);
  auto sent = *sample_event("e4", "user.seen");
  sent.body.hops = 1;
  CAF_CHECK(run(strict, std::make_shared<accepted_event>(sent)).what == kind::done);
}
