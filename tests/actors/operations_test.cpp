#define CAF_SUITE actors.operations
#include "actors/operations.hpp"

#include "domain/dead_letter.hpp"
#include "domain/letter_replay.hpp"
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

asked_ptr ask(node_fixture& node, const std::string& verb, const nlohmann::json& body,
              std::map<std::string, std::string> parameters = {}) {
  auto out = node.ask(verb, std::move(parameters), body.is_null() ? "" : body.dump());
  node.settle();
  CAF_CHECK_EQUAL(out->answers, 1);
  return out;
}

std::string begin(node_fixture& node, const std::string& verb, const nlohmann::json& body) {
  auto got = ask(node, verb, body);
  CAF_REQUIRE_EQUAL(got->problem, "");
  return got->body["operation"].get<std::string>();
}

nlohmann::json row(node_fixture& node, const std::string& id) {
  return ask(node, "operation.get", nullptr, {{"id", id}})->body;
}

const nlohmann::json everything{{"filter", nlohmann::json::object()}};

nlohmann::json everything_at(const std::string& rate) {
  auto out = everything;
  out["rate"] = rate;
  return out;
}

/// `count` letters of job `a`: e1 ... that will die again, in their order.
void kill_some(node_fixture& node, int count, const job_id& job = "a") {
  for (int i = 0; i < count; ++i)
    node.post(job, "dead");
  node.settle();
}

std::uint64_t open_letters(const node_fixture& node) {
  storage::dead_letter_filter filter;
  filter.state = "open";
  return node.store->dead_letters(filter, "", 10'000)->letters.size();
}

std::uint64_t replayed_letters(const node_fixture& node) {
  storage::dead_letter_filter filter;
  filter.state = "replayed";
  return node.store->dead_letters(filter, "", 10'000)->letters.size();
}

/// The replays of a job's stream: ids of what they replay, in order.
std::string replays(const node_fixture& node, const job_id& job) {
  std::string out;
  for (const auto& entry : node.stream(job))
    if (entry.body && entry.body->body.replayed)
      out += (out.empty() ? "" : " ") + entry.body->body.causation;
  return out;
}

} // namespace

CAF_TEST(all open letters are replayed once and in order) {
  node_fixture node;
  kill_some(node, 3);
  kill_some(node, 2, "b");
  const auto id = begin(node, "dead_letter.replay", everything);
  node.advance(1s);
  const auto done = row(node, id);
  CAF_CHECK_EQUAL(done["state"], "done");
  CAF_CHECK_EQUAL(done["total"], 5);
  CAF_CHECK_EQUAL(done["done"], 5);
  CAF_CHECK_EQUAL(done["failed"], 0);
  CAF_CHECK_EQUAL(done["who"], "operator");
  CAF_CHECK_EQUAL(replays(node, "a"), "e1 e2 e3");
  CAF_CHECK_EQUAL(replays(node, "b"), "e4 e5");
  // They died again: as letters of their own, which this operation does not touch.
  CAF_CHECK_EQUAL(open_letters(node), 5u);
}

CAF_TEST(letters of a numbered source are replayed by their number in the stream) {
  node_fixture node;
  // Handled as 1, 2, 3, accepted as 1, 3, 2.
  node.post("a", "dead", {.id = "n1", .source = "s", .number = 1});
  node.post("a", "dead", {.id = "n3", .source = "s", .number = 3});
  node.post("a", "dead", {.id = "n2", .source = "s", .number = 2});
  node.settle();
  CAF_REQUIRE_EQUAL(node.told("a"), "!n1 !n2 !n3");
  begin(node, "dead_letter.replay", everything);
  node.advance(1s);
  CAF_CHECK_EQUAL(replays(node, "a"), "n1 n2 n3");
}

CAF_TEST(turns come at the rate and no faster) {
  node_fixture node;
  kill_some(node, 10);
  const auto id = begin(node, "dead_letter.replay", everything_at("10/s"));
  CAF_CHECK_EQUAL(row(node, id)["done"], 1); // one token at first
  node.advance(99ms);
  CAF_CHECK_EQUAL(row(node, id)["done"], 1);
  node.advance(1ms);
  CAF_CHECK_EQUAL(row(node, id)["done"], 2);
  node.advance(500ms);
  CAF_CHECK_EQUAL(row(node, id)["done"], 7);
  CAF_CHECK_EQUAL(row(node, id)["state"], "running");
  CAF_CHECK_EQUAL(replayed_letters(node), 7u);
  node.advance(300ms);
  CAF_CHECK_EQUAL(row(node, id)["state"], "done");
  CAF_CHECK_EQUAL(replayed_letters(node), 10u);
}

CAF_TEST(a cancelled operation stops where it is) {
  node_fixture node;
  kill_some(node, 5);
  const auto id = begin(node, "dead_letter.discard", everything_at("10/s"));
  node.advance(100ms);
  const auto cancelled = ask(node, "operation.cancel", nullptr, {{"id", id}});
  CAF_CHECK_EQUAL(cancelled->body["state"], "cancelled");
  node.advance(10s);
  CAF_CHECK_EQUAL(row(node, id)["done"], 2);
  CAF_CHECK_EQUAL(row(node, id)["state"], "cancelled");
  CAF_CHECK_EQUAL(open_letters(node), 3u);
  CAF_CHECK_EQUAL(ask(node, "operation.cancel", nullptr, {{"id", id}})->problem, "state-conflict");
  CAF_CHECK_EQUAL(ask(node, "operation.cancel", nullptr, {{"id", "op_none"}})->problem, "not-found");
  CAF_CHECK_EQUAL(ask(node, "operation.get", nullptr, {{"id", "op_none"}})->problem, "not-found");
}

CAF_TEST(an operation whose actor dies is failed and the same request does the rest) {
  node_fixture node;
  kill_some(node, 5);
  const auto first = begin(node, "dead_letter.replay", everything_at("10/s"));
  node.advance(100ms);
  CAF_REQUIRE_EQUAL(replayed_letters(node), 2u);
  node.crash("operations");
  node.settle();
  node.advance(10s);
  CAF_CHECK_EQUAL(row(node, first)["state"], "failed");
  CAF_CHECK_EQUAL(replayed_letters(node), 2u);
  // e1 and e2 died again behind the others: by id, so that only the first five are meant.
  const nlohmann::json rest{
      {"ids", {dead_letter_id(1), dead_letter_id(2), dead_letter_id(3), dead_letter_id(4), dead_letter_id(5)}}};
  const auto second = begin(node, "dead_letter.replay", rest);
  node.advance(1s);
  CAF_CHECK_EQUAL(row(node, second)["done"], 3);
  CAF_CHECK_EQUAL(row(node, second)["skipped"], 2);
  CAF_CHECK_EQUAL(replays(node, "a"), "e1 e2 e3 e4 e5");
}

CAF_TEST(a full disk is waited for and changes no order) {
  node_fixture node;
  kill_some(node, 4);
  node.store->before_write = [](const storage::write_batch& batch) {
    return batch.appends.empty() ? std::optional<error>{} : std::optional{fail(errc::disk_full, "full")};
  };
  const auto id = begin(node, "dead_letter.replay", everything);
  node.advance(20s);
  CAF_CHECK_EQUAL(row(node, id)["state"], "running");
  CAF_CHECK_EQUAL(row(node, id)["done"], 0);
  node.store->before_write = nullptr;
  node.advance(20s);
  CAF_CHECK_EQUAL(row(node, id)["done"], 4);
  CAF_CHECK_EQUAL(replays(node, "a"), "e1 e2 e3 e4");
}

CAF_TEST(a turn whose answer is lost is done once and counted once) {
  node_fixture node;
  kill_some(node, 2);
  const auto asked = node.ask("dead_letter.replay", {}, everything.dump());
  node.settle_without("store_writer"); // the first replay waits for its write
  node.crash("ingest");
  node.settle();
  node.advance(10s);
  const auto done = row(node, asked->body["operation"].get<std::string>());
  CAF_CHECK_EQUAL(done["state"], "done");
  CAF_CHECK_EQUAL(done["done"], 2);
  CAF_CHECK_EQUAL(done["skipped"], 0);
  CAF_CHECK_EQUAL(replays(node, "a"), "e1 e2");
}

CAF_TEST(a dry run counts shows a few and changes nothing) {
  node_fixture node;
  kill_some(node, 30);
  auto body = everything;
  body["dryRun"] = true;
  auto got = ask(node, "dead_letter.replay", body);
  CAF_CHECK_EQUAL(got->body["matched"], 30);
  CAF_CHECK_EQUAL(got->body["complete"], true);
  CAF_CHECK_EQUAL(got->body["sample"].size(), 20u);
  CAF_CHECK_EQUAL(got->body["sample"][0]["eventId"], "e1");
  body["limit"] = 7;
  got = ask(node, "dead_letter.replay", body);
  CAF_CHECK_EQUAL(got->body["matched"], 7);
  CAF_CHECK_EQUAL(got->body["complete"], false);
  node.advance(1s);
  CAF_CHECK_EQUAL(open_letters(node), 30u);
  CAF_CHECK(ask(node, "operation.list", nullptr)->body["data"].empty());
}

CAF_TEST(an action that expects another count is refused) {
  node_fixture node;
  kill_some(node, 1);
  auto body = everything;
  body["expectCount"] = 2;
  CAF_CHECK_EQUAL(ask(node, "dead_letter.discard", body)->problem, "expect-count-mismatch");
  CAF_CHECK_EQUAL(open_letters(node), 1u);
  body["expectCount"] = 1;
  begin(node, "dead_letter.discard", body);
  CAF_CHECK_EQUAL(open_letters(node), 0u);
}

CAF_TEST(a filter and a stretch of time mean only the letters that match) {
  node_fixture node;
  kill_some(node, 1);
  node.jump(1h);
  kill_some(node, 1);
  kill_some(node, 1, "b");
  begin(node, "dead_letter.discard", {{"filter", {{"job", "a"}, {"since", "30m"}}}});
  CAF_CHECK_EQUAL(open_letters(node), 2u);
  begin(node, "dead_letter.discard", {{"filter", {{"q", "until:30m type:work"}}}});
  CAF_CHECK_EQUAL(open_letters(node), 1u);
}

CAF_TEST(operations are listed with the newest first and not more than four run) {
  node_fixture node;
  kill_some(node, 10);
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i)
    ids.push_back(begin(node, "dead_letter.discard", everything_at("1/h")));
  CAF_CHECK_EQUAL(ask(node, "dead_letter.discard", everything)->problem, "state-conflict");
  const auto listed = ask(node, "operation.list", nullptr)->body["data"];
  CAF_REQUIRE(listed.size() == 4);
  CAF_CHECK_EQUAL(listed[0]["id"].get<std::string>(), ids[3]);
}

CAF_TEST(what is not understood is refused) {
  node_fixture node;
  const auto problem = [&](const nlohmann::json& body) {
    auto got = ask(node, "dead_letter.replay", body);
    return got->problem;
  };
  CAF_CHECK_EQUAL(problem(nlohmann::json::object()), "validation-failed");
  CAF_CHECK_EQUAL(problem({{"ids", nlohmann::json::array({1})}}), "validation-failed");
  CAF_CHECK_EQUAL(problem({{"ids", nlohmann::json::array({"dl_none"})}}), "not-found");
  CAF_CHECK_EQUAL(problem({{"filter", {{"colour", "red"}}}}), "validation-failed");
  CAF_CHECK_EQUAL(problem({{"filter", {{"state", "discarded"}}}}), "validation-failed");
  CAF_CHECK_EQUAL(problem({{"filter", {{"since", "yesterday"}}}}), "bad-request");
  CAF_CHECK_EQUAL(problem({{"filter", {{"q", "colour:red"}}}}), "bad-request");
  CAF_CHECK_EQUAL(problem(everything_at("fast")), "validation-failed");
  for (const auto& [name, value] : std::map<std::string, nlohmann::json>{
           {"limit", 100'001}, {"limit ", 1}, {"expectCount", -1}, {"dryRun", 1}, {"rate", 5}}) {
    auto body = everything;
    body[name] = value;
    CAF_CHECK_EQUAL(problem(body), "validation-failed");
  }
  CAF_CHECK_EQUAL(problem(7), "malformed-json");
}

CAF_TEST(an operator is answered when the actor dies) {
  node_fixture node;
  const auto got = node.ask("dead_letter.discard", {}, everything.dump());
  node.crash("operations");
  node.settle();
  CAF_CHECK_EQUAL(got->answers, 1);
  CAF_CHECK_EQUAL(got->problem, "timed-out");
}
