#define CAF_SUITE domain.rehearsal
#include "domain/rehearsal.hpp"

#include "domain/sample_event.hpp"
#include "support/weir_test.hpp"

#include <functional>
#include <stdexcept>

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;
using weir_test::sample_event;

namespace {

class scripted final : public handler {
public:
  using function = std::function<outcome(const event&, context&)>;
  explicit scripted(function what) : what_(std::move(what)) {}
  outcome handle(const event& ev, context& ctx) override {
    return what_(ev, ctx);
  }

private:
  function what_;
};

/// Of a handler that is never asked.
class idle_runner final : public handler_runner {
public:
  void start(handler_call, answered) override {}
  void stop() override {}
};

handler_registry with(scripted::function what, handler_kind kind = handler_kind::in_actor) {
  handler_registry out;
  handler_entry entry;
  entry.name = "h";
  entry.pattern = on("item.*");
  entry.kind = kind;
  entry.make = [what] { return std::make_unique<scripted>(what); };
  CAF_REQUIRE(out.add(std::move(entry)).has_value());
  return out;
}

/// What the stream has of one event that a handler had handled.
std::vector<stream_entry> recorded(const std::string& id, const std::vector<std::string>& emitted,
                                   entry_kind kind = entry_kind::event, sequence seq = 1) {
  std::vector<stream_entry> out(1);
  out[0].seq = seq;
  out[0].kind = kind;
  out[0].body = sample_event(id);
  for (const auto& type : emitted) {
    auto& entry = out.emplace_back();
    entry.seq = ++seq;
    entry.kind = entry_kind::emitted;
    entry.body = sample_event(id + type, type, "1");
  }
  if (kind == entry_kind::dead)
    out[0].runs.push_back({1, at(0s), "h", "dead", "bad", "why", 0});
  return out;
}

outcome emits_one(const event&, context& ctx) {
  ctx.emit("made", 1);
  return ok();
}

} // namespace

CAF_TEST(the same handlers give the same outcome) {
  rehearsal shadow{with(emits_one)};
  const auto seen = shadow.run(recorded("e1", {"made"}));
  CAF_CHECK(seen.before == seen.after);
  CAF_CHECK_EQUAL(seen.after.word, "done");
  CAF_CHECK_EQUAL(seen.after.emitted.size(), 1U);
}

CAF_TEST(what is emitted and how it ends is compared) {
  rehearsal shadow{with(emits_one)};
  const auto more = shadow.run(recorded("e1", {}));
  CAF_CHECK(more.before.emitted.empty() && more.after.emitted.size() == 1U);
  const auto other = shadow.run(recorded("e2", {"former"}));
  CAF_CHECK(!(other.before == other.after));
  const auto healed = shadow.run(recorded("e3", {}, entry_kind::dead));
  CAF_CHECK_EQUAL(healed.before.word, "dead");
  CAF_CHECK_EQUAL(healed.before.code, "bad");
  CAF_CHECK_EQUAL(healed.after.word, "done");
}

CAF_TEST(state goes from event to event and survives a crash) {
  rehearsal shadow{with([](const event& ev, context& ctx) -> outcome {
    const auto count = ctx.state().is_null() ? 0 : ctx.state().get<int>();
    ctx.set_state(count + 1);
    ctx.put_record("c", "k", count + 1);
    if (ev.id == "bad")
      throw std::runtime_error("boom");
    return ok();
  })};
  (void)shadow.run(recorded("e1", {}));
  const auto crashed = shadow.run(recorded("bad", {}));
  CAF_CHECK_EQUAL(crashed.after.word, "crash");
  CAF_CHECK_EQUAL(crashed.after.detail, "boom");
  (void)shadow.run(recorded("e2", {}));
  CAF_CHECK_EQUAL((shadow.records().at({"c", "k"})), "2");
}

CAF_TEST(handlers of other processes are left out and workers run here) {
  handler_registry http;
  handler_entry entry;
  entry.name = "remote";
  entry.pattern = on("*");
  entry.kind = handler_kind::http;
  entry.runner = std::make_shared<idle_runner>();
  CAF_REQUIRE(http.add(std::move(entry)).has_value());
  CAF_CHECK(rehearsal{http}.left_out() == std::vector<std::string>{"remote"});
  rehearsal worker{with(emits_one, handler_kind::worker)};
  CAF_CHECK_EQUAL(worker.run(recorded("e1", {})).after.emitted.size(), 1U);
}
