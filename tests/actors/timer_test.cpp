#define CAF_SUITE actors.timer
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

#include <fmt/format.h>

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

/// How many entries the stream has: ids of timers' events are long.
std::size_t length(const node_fixture& node, const job_id& job) {
  return node.stream(job).size();
}

/// How often the writer was asked to fire, and for how many timers.
struct fire_count {
  int writes = 0;
  std::size_t timers = 0;
};

void note_fires(node_fixture& node, fire_count& count) {
  node.store->before_write = [&count](const storage::write_batch& batch) {
    count.writes += batch.fired.empty() ? 0 : 1;
    count.timers += batch.fired.size();
    return std::optional<error>{};
  };
}

} // namespace

CAF_TEST(a timer fires when it is due and not before) {
  node_fixture node;
  node.post("a", "after 5000");
  node.settle();
  CAF_CHECK_EQUAL(node.store->stats().timers, 1u);
  node.advance(4999ms);
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  node.advance(1ms);
  CAF_REQUIRE_EQUAL(length(node, "a"), 2u);
  const auto entries = node.stream("a");
  const auto& made = *entries[1].body;
  CAF_CHECK_EQUAL(made.body.source, timer_source);
  CAF_CHECK_EQUAL(made.body.causation, "e1");
  CAF_CHECK(made.body.time == entries[0].body->accepted_at + 5s);
  CAF_CHECK(made.accepted_at == made.body.time);
  CAF_CHECK_EQUAL(node.store->stats().timers, 0u);
  CAF_CHECK_EQUAL(node.store->stats().pending, 0u);
}

CAF_TEST(timers of many jobs fire in the order of their times and each once) {
  node_fixture node;
  fire_count fires;
  note_fires(node, fires);
  node.post("late", "after 900");
  node.post("early", "after 100");
  node.post("middle", "after 500");
  node.advance(100ms);
  CAF_CHECK_EQUAL(fmt::format("{} {} {}", length(node, "early"), length(node, "middle"), length(node, "late")),
                  "2 1 1");
  node.advance(400ms);
  CAF_CHECK_EQUAL(fmt::format("{} {} {}", length(node, "early"), length(node, "middle"), length(node, "late")),
                  "2 2 1");
  node.advance(10s);
  CAF_CHECK_EQUAL(fmt::format("{} {} {}", length(node, "early"), length(node, "middle"), length(node, "late")),
                  "2 2 2");
  CAF_CHECK_EQUAL(fires.timers, 3u);
}

CAF_TEST(many that are due together are fired in batches) {
  node_fixture node;
  std::vector<event> events;
  for (int i = 0; i < 600; ++i)
    events.push_back(node.make_event(fmt::format("job{}", i % 7), "after 100", {}));
  node.post_all(std::move(events));
  node.settle();
  CAF_CHECK_EQUAL(node.store->stats().timers, 600u);
  fire_count fires;
  note_fires(node, fires);
  node.advance(100ms);
  CAF_CHECK_EQUAL(node.store->stats().timers, 0u);
  CAF_CHECK_EQUAL(fires.writes, 3);
  CAF_CHECK_EQUAL(fires.timers, 600u);
  std::size_t entries = 0;
  for (int i = 0; i < 7; ++i)
    entries += length(node, fmt::format("job{}", i));
  CAF_CHECK_EQUAL(entries, 1200u);
}

CAF_TEST(timers survive a restart and those that became due meanwhile fire at once) {
  node_fixture node;
  node.post("a", "after 1000");
  node.post("b", "after 60000");
  node.settle();
  node.jump(5s);
  node.restart();
  CAF_CHECK_EQUAL(length(node, "a"), 1u);
  node.settle();
  CAF_CHECK_EQUAL(length(node, "a"), 2u);
  CAF_CHECK_EQUAL(length(node, "b"), 1u);
  node.restart();
  node.advance(60s);
  CAF_CHECK_EQUAL(length(node, "b"), 2u);
  CAF_CHECK_EQUAL(length(node, "a"), 2u);
}

CAF_TEST(a timer that crashes between the write and the answer fires once) {
  node_fixture node;
  node.post("a", "after 1000");
  node.settle();
  fire_count fires;
  note_fires(node, fires);
  node.jump(1s);
  // The request lies in the writer's mailbox when the one that asked ends.
  node.settle_without("store_writer");
  node.crash("timer");
  node.settle();
  CAF_CHECK_EQUAL(length(node, "a"), 2u);
  CAF_CHECK_EQUAL(node.store->stats().pending, 0u);
  CAF_CHECK_EQUAL(node.store->stats().timers, 0u);
  CAF_CHECK_EQUAL(node.services().board.find("timer")->restarts.load(), 1u);
  node.post("a", "after 1000");
  node.advance(1s);
  CAF_CHECK_EQUAL(length(node, "a"), 4u);
}

CAF_TEST(a full disk holds timers up and nothing is lost) {
  node_fixture node;
  node.post("a", "after 1000");
  node.settle();
  bool is_full = true;
  node.store->before_write = [&](const storage::write_batch&) {
    return is_full ? std::optional<error>{fail(errc::disk_full, "nothing left")} : std::nullopt;
  };
  node.advance(3s);
  CAF_CHECK_EQUAL(length(node, "a"), 1u);
  is_full = false;
  node.advance(2s);
  CAF_CHECK_EQUAL(length(node, "a"), 2u);
}

CAF_TEST(a timer of a paused job waits there until the job goes on) {
  node_fixture node;
  node.post("a", "after 1000");
  node.settle();
  node.ask("job.pause", {{"job", "a"}});
  node.advance(2s);
  CAF_CHECK_EQUAL(length(node, "a"), 1u);
  CAF_CHECK_EQUAL(node.store->stats().timers, 0u);
  CAF_CHECK(!node.waiting("a").empty());
  node.ask("job.resume", {{"job", "a"}});
  node.settle();
  CAF_CHECK_EQUAL(length(node, "a"), 2u);
}

CAF_TEST(an event sent to another job is processed there once also when the sender crashes) {
  node_fixture node;
  node.post("a", "send b");
  node.settle();
  CAF_CHECK_EQUAL(length(node, "b"), 1u);
  CAF_CHECK_EQUAL(node.stream("b")[0].body->body.hops, 1u);
  CAF_CHECK_EQUAL(node.services().health.caused.load(), 1u);
  CAF_CHECK_EQUAL(node.services().health.backlog.load(), 0u);
  // The sender dies before it hears of its commit: the other job was told all the same.
  node.post("a", "send c");
  while (node.store->load_job("a")->last_seq < 2 || !node.crash_job("a"))
    node.run_at(0);
  node.settle();
  CAF_CHECK_EQUAL(length(node, "c"), 1u);
  CAF_CHECK_EQUAL(node.store->stats().pending, 0u);
}

CAF_TEST(rows are shown as what waits for their sink) {
  node_fixture node;
  node.post("a", "row 2");
  node.post("b", "row 1");
  node.settle();
  const auto stats = node.store->outbox_stats();
  CAF_REQUIRE(stats);
  CAF_REQUIRE_EQUAL(stats->size(), 1u);
  CAF_CHECK_EQUAL((*stats)[0].sink, "olap");
  CAF_CHECK_EQUAL((*stats)[0].pending, 3u);
  auto page = node.ask("outbox.list", {{"sink", "olap"}, {"limit", "2"}});
  node.settle();
  CAF_CHECK_EQUAL(page->problem, "");
  CAF_CHECK_EQUAL(
      page->body["data"][1].dump(),
      R"({"committedAt":"2026-11-18T11:06:40.000Z","jobId":"a","nr":1,"row":{"by":"e1","n":1},"seq":1,"sink":"olap"})");
  auto rest = node.ask("outbox.list", {{"sink", "olap"}, {"limit", "2"}, {"cursor", page->body["page"]["next"]}});
  auto sinks = node.ask("outbox.sinks");
  auto none = node.ask("outbox.list");
  node.settle();
  CAF_CHECK_EQUAL(rest->body["data"].size(), 1u);
  CAF_CHECK_EQUAL(rest->body["data"][0]["jobId"], "b");
  CAF_CHECK(rest->body["page"]["next"].is_null());
  CAF_CHECK_EQUAL(sinks->body["data"][0]["pending"], 3);
  CAF_CHECK_EQUAL(none->problem, "bad-request");
}

CAF_TEST(an event tells what it sent set and asked for) {
  node_fixture node;
  node.post("a", "send b");
  node.post("a", "row 1");
  node.post("a", "after 500");
  node.settle();
  auto sent = node.ask("event.get", {{"id", "e1"}});
  auto row = node.ask("event.get", {{"id", "e2"}});
  auto timer = node.ask("event.get", {{"id", "e3"}});
  node.settle();
  const auto effect = [](const asked_ptr& got) { return got->body["effects"].back(); };
  CAF_CHECK_EQUAL(effect(sent)["kind"], "sent");
  CAF_CHECK_EQUAL(effect(sent)["jobId"], "b");
  CAF_CHECK_EQUAL(effect(row)["kind"], "row");
  CAF_CHECK_EQUAL(effect(row)["sink"], "olap");
  CAF_CHECK_EQUAL(effect(timer)["kind"], "timer");
  CAF_CHECK_EQUAL(effect(timer)["type"], "work");
}
