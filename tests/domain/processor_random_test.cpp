#define CAF_SUITE domain.processor_random
#include "domain/dead_letter.hpp"
#include "domain/processor.hpp"
#include "domain/sample_event.hpp"
#include "support/seeded_dice.hpp"
#include "support/weir_test.hpp"

#include <map>
#include <set>
#include <stdexcept>

using namespace weir;
using namespace std::chrono_literals;
using weir::testing::seeded_dice;
using weir_test::at;
using weir_test::sample_event;
using kind = processed_event::kind;

namespace {

/// What the payload says that a handler does in its n-th run; the last word
/// stays. {"first": ["retry", "ok"], "second": ["ok"], "emit": [payloads]}
std::string word_for(const json& payload, const std::string& name, std::uint32_t run) {
  const auto& words = payload.at(name);
  return words.at(std::min<std::size_t>(run, words.size()) - 1).get<std::string>();
}

/// "first" emits what the payload holds. Both count and record every run that
/// they call done.
class scripted final : public handler {
public:
  explicit scripted(std::string name) : name_(std::move(name)) {
    // nop
  }

  outcome handle(const event& ev, context& ctx) override {
    const auto& payload = ev.data().root();
    ctx.put_record("seen-by-" + name_, ev.id, {{"run", ctx.attempt()}, {"seq", ctx.seq()}});
    ctx.set_state(ctx.state().is_null() ? json(1) : json(ctx.state().get<int>() + 1));
    ctx.to_sink(name_, ev.id);
    ctx.emit_to("job-2", "copy", ev.id);
    if (name_ == "first")
      for (const auto& child : payload.at("emit"))
        ctx.emit("child", child);
    const auto word = word_for(payload, name_, ctx.attempt());
    if (word == "throw")
      throw std::runtime_error{"as the event says"};
    if (word == "retry")
      return retry("not yet");
    if (word == "dead")
      return dead("no", "as the event says");
    return word == "skip" ? skip() : ok();
  }

private:
  std::string name_;
};

std::shared_ptr<const handler_registry> scripted_handlers() {
  auto out = std::make_shared<handler_registry>();
  for (const auto* name : {"first", "second"}) {
    handler_entry entry;
    entry.name = name;
    entry.pattern = on("*");
    entry.make = [name] { return std::make_unique<scripted>(name); };
    entry.retry.max_attempts = name == std::string{"first"} ? 4 : 3;
    if (name == std::string{"second"})
      entry.on_exhausted = exhausted_policy::park;
    CAF_REQUIRE(out->add(std::move(entry)).has_value());
  }
  return out;
}

json random_payload(seeded_dice& dice, int depth = 0) {
  const auto words = [&dice] {
    static const char* const failing[] = {"retry", "retry", "throw", "dead"};
    auto out = json::array();
    while (dice.once_in(4))
      out.push_back(failing[dice.draw(3)]);
    out.push_back(dice.once_in(12) ? failing[dice.draw(4)] : dice.once_in(6) ? "skip" : "ok");
    return out;
  };
  json out{{"first", words()}, {"second", words()}, {"emit", json::array()}};
  while (depth < 3 && dice.once_in(3))
    out["emit"].push_back(random_payload(dice, depth + 1));
  return out;
}

/// What one event leaves if all goes well, in the words of its payload.
struct expected {
  std::string failure; ///< the first word of a run that fails, or ""
  std::string failed_in;
  std::size_t events = 0;
  std::map<std::string, int> done; ///< runs that count, by handler
};

/// Breadth first, as emitted events follow their cause.
expected expect_run(const json& payload, std::uint32_t run) {
  expected out;
  std::vector<const json*> waiting{&payload};
  for (std::size_t i = 0; i < waiting.size(); ++i) {
    ++out.events;
    for (const auto* name : {"first", "second"}) {
      const auto word = word_for(*waiting[i], name, run);
      if (word != "ok" && word != "skip")
        return {word, name, 0, {}};
      if (word == "skip")
        continue;
      ++out.done[name];
      if (name == std::string{"first"})
        for (const auto& child : waiting[i]->at("emit"))
          waiting.push_back(&child);
    }
  }
  return out;
}

/// One job: runs events as its actor would and keeps what became true.
class played_job {
public:
  /// @param renews whether it starts anew, from what was kept, now and then.
  played_job(std::uint64_t seed, bool renews) : chance_(seed), renews_(renews), handlers_(registry_, {}) {
    // nop
  }

  void play(const event_ptr& body) {
    ++accepted;
    if (held > 0) { // behind the parked one
      ++held;
      return;
    }
    std::vector<attempt> runs;
    while (!finish(body, runs)) {
      if (renews_ && chance_.once_in(3))
        handlers_ = processor{registry_, {states.begin(), states.end()}};
    }
  }

  std::vector<stream_entry> stream;
  std::vector<dead_letter> letters;
  std::multiset<std::string> records;
  std::vector<std::string> rows;
  std::vector<std::string> outgoing;
  std::map<std::string, std::string> states;
  std::map<std::string, int> counted;
  std::uint64_t accepted = 0, done = 0, dead = 0, held = 0, crashes = 0, retries = 0;

private:
  bool finish(const event_ptr& body, std::vector<attempt>& runs) {
    const auto wanted = expect_run(body->body.data().root(), static_cast<std::uint32_t>(runs.size()) + 1);
    processed_event got;
    try {
      got = handlers_.run(body, stream.size() + 1, runs, at(1s), 0.5);
      CAF_REQUIRE_NOT_EQUAL(wanted.failure, "throw");
    } catch (const std::runtime_error&) {
      CAF_REQUIRE_EQUAL(wanted.failure, "throw");
      return note_crash(body, runs);
    }
    if (got.what == kind::done)
      note_done(body, got, wanted);
    else
      note_failed(got, wanted, runs);
    return got.what != kind::retry;
  }

  bool note_crash(const event_ptr& body, std::vector<attempt>& runs) {
    ++crashes;
    CAF_REQUIRE_EQUAL(handlers_.running(), expect_run(body->body.data().root(), next_of(runs)).failed_in);
    runs.push_back({next_of(runs), at(1s), handlers_.running(), "crash", "handler-crashed", "", 0});
    handlers_.renew();
    CAF_REQUIRE_EQUAL(handlers_.max_attempts(body->body.type), 4U);
    if (counted_attempts(runs) < handlers_.max_attempts(body->body.type))
      return false;
    note_dead(give_up(body, stream.size() + 1, runs, at(1s), errc::handler_crashed, "crashed"));
    return true;
  }

  void note_failed(processed_event& got, const expected& wanted, std::vector<attempt>& runs) {
    CAF_REQUIRE_EQUAL(got.failed.handler, wanted.failed_in);
    CAF_REQUIRE_EQUAL(got.failed.number, next_of(runs));
    CAF_CHECK(got.records.empty() && got.states.empty() && got.rows.empty() && got.outgoing.empty());
    const auto is_last = next_of(runs) >= (wanted.failed_in == "first" ? 4U : 3U);
    const auto what = wanted.failure == "dead"      ? kind::dead
                      : !is_last                    ? kind::retry
                      : wanted.failed_in == "first" ? kind::dead
                                                    : kind::park;
    CAF_REQUIRE(got.what == what);
    runs.push_back(got.failed);
    if (what == kind::dead)
      note_dead(std::move(got));
    held += what == kind::park;
    retries += what == kind::retry;
  }

  void note_done(const event_ptr& body, processed_event& got, const expected& wanted) {
    ++done;
    CAF_REQUIRE_EQUAL(wanted.failure, "");
    CAF_REQUIRE_EQUAL(got.entries.size(), wanted.events);
    std::map<sequence, std::string> ids;
    for (const auto& entry : got.entries) {
      ids[entry.seq] = entry.body->body.id;
      const auto is_cause = entry.body == body;
      CAF_CHECK(entry.kind == (is_cause ? entry_kind::event : entry_kind::emitted));
      CAF_CHECK_EQUAL(is_cause, entry.seq == got.entries.front().seq);
      if (!is_cause)
        CAF_CHECK_EQUAL(entry.body->body.causation, ids.at(entry.seq - entry.caused_by));
    }
    std::size_t runs = 0;
    for (const auto& [name, times] : wanted.done) {
      counted[name] += times;
      runs += static_cast<std::size_t>(times);
    }
    CAF_REQUIRE_EQUAL(got.records.size(), runs);
    CAF_REQUIRE_EQUAL(got.rows.size(), runs);
    CAF_REQUIRE_EQUAL(got.outgoing.size(), runs);
    keep(got);
  }

  void note_dead(processed_event got) {
    ++dead;
    CAF_REQUIRE_EQUAL(got.entries.size(), 1U);
    CAF_CHECK(got.entries[0].kind == entry_kind::dead);
    CAF_REQUIRE(got.letter.has_value());
    letters.push_back(*got.letter);
    keep(got);
  }

  void keep(processed_event& got) {
    stream.insert(stream.end(), got.entries.begin(), got.entries.end());
    for (const auto& put : got.records)
      records.insert(put.collection + " " + put.key + " " + put.document);
    for (const auto& row : got.rows)
      rows.push_back(row.sink + " " + row.row);
    for (const auto& sent : got.outgoing)
      outgoing.push_back(sent.id);
    for (auto& [name, text] : got.states)
      states[name] = std::move(text);
  }

  static std::uint32_t next_of(const std::vector<attempt>& runs) {
    return static_cast<std::uint32_t>(runs.size()) + 1;
  }

  seeded_dice chance_;
  bool renews_;
  std::shared_ptr<const handler_registry> registry_ = scripted_handlers();
  processor handlers_;
};

/// The stream is dense, every accepted event is in one place, every effect
/// belongs to a run that counts and is there once.
void check_job(const played_job& job) {
  CAF_CHECK_EQUAL(job.accepted, job.done + job.dead + job.held);
  CAF_CHECK_EQUAL(job.letters.size(), job.dead);
  std::set<std::string> ids;
  std::size_t accepted = 0;
  for (std::size_t i = 0; i < job.stream.size(); ++i) {
    CAF_CHECK_EQUAL(job.stream[i].seq, i + 1);
    ids.insert(job.stream[i].body->body.id);
    accepted += job.stream[i].kind != entry_kind::emitted;
  }
  CAF_CHECK_EQUAL(ids.size(), job.stream.size());
  CAF_CHECK_EQUAL(accepted, job.done + job.dead);
  for (const auto& [name, times] : job.counted)
    CAF_CHECK_EQUAL(job.states.at(name), std::to_string(times));
  CAF_CHECK_EQUAL(std::set<std::string>(job.records.begin(), job.records.end()).size(), job.records.size());
  CAF_CHECK_EQUAL(std::set<std::string>(job.outgoing.begin(), job.outgoing.end()).size(), job.outgoing.size());
}

} // namespace

CAF_TEST(whatever handlers say every event is done or dead or held and has its effects once) {
  const auto seeds = weir::testing::seeds_to_play("PROCESSOR", 300);
  std::uint64_t done = 0, dead = 0, held = 0, crashes = 0, retries = 0, emitted = 0;
  for (auto seed = seeds.first; seed < seeds.first + seeds.count; ++seed) {
    CAF_MESSAGE("PROCESSOR_SEED=" << seed);
    seeded_dice dice{seed};
    played_job steady{seed, false}, renewed{seed, true};
    for (log_position i = 1; i <= 30; ++i) {
      const auto body = sample_event("e" + std::to_string(i), "work", random_payload(dice).dump(), i);
      steady.play(body);
      renewed.play(body);
    }
    check_job(steady);
    // One that starts anew, from what became true, between any two runs makes the same.
    CAF_CHECK(renewed.records == steady.records);
    CAF_CHECK(renewed.rows == steady.rows);
    CAF_CHECK(renewed.outgoing == steady.outgoing);
    CAF_CHECK(renewed.states == steady.states);
    CAF_REQUIRE_EQUAL(renewed.stream.size(), steady.stream.size());
    for (std::size_t i = 0; i < steady.stream.size(); ++i) {
      CAF_CHECK_EQUAL(renewed.stream[i].body->body.id, steady.stream[i].body->body.id);
      CAF_CHECK(renewed.stream[i].runs == steady.stream[i].runs);
    }
    done += steady.done, dead += steady.dead, held += steady.held;
    crashes += steady.crashes, retries += steady.retries, emitted += steady.stream.size() - steady.done - steady.dead;
  }
  if (seeds.count > 100) // or the test says little
    CAF_CHECK(done > 100 && dead > 100 && held > 100 && crashes > 100 && retries > 100 && emitted > 100);
}
