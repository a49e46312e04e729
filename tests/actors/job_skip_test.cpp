#define CAF_SUITE actors.job_skip
#include "actors/job_skip.hpp"

#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

asked_ptr ask(node_fixture& node, const std::string& verb, const std::string& body = {}) {
  auto out = node.ask(verb, {{"job", "a"}}, body);
  node.settle();
  CAF_CHECK_EQUAL(out->answers, 1);
  return out;
}

/// A held job with e2, e3 ... behind e1, which is done.
void hold(node_fixture& node, int events) {
  node.post("a");
  node.settle();
  ask(node, "job.pause");
  for (int i = 0; i < events; ++i)
    node.post("a");
  node.settle();
}

} // namespace

CAF_TEST(a skipped event becomes a dead letter and the job goes on behind it) {
  node_fixture node;
  hold(node, 2);
  const auto got = ask(node, "job.skip");
  CAF_CHECK_EQUAL(got->body["skipped"], 1);
  CAF_CHECK_EQUAL(got->body["complete"], true);
  CAF_CHECK_EQUAL(got->body["lastSeq"], 2);
  CAF_CHECK_EQUAL(node.told("a"), "e1 !e2");
  CAF_CHECK_EQUAL(node.waiting("a"), "e3");
  const auto letter = node.store->find_dead_letter(got->body["deadLetters"][0].get<std::string>());
  CAF_REQUIRE(letter);
  CAF_CHECK_EQUAL(letter->first.code, "skipped");
  CAF_CHECK_EQUAL(letter->first.detail, "skipped by operator");
  CAF_CHECK_EQUAL(node.runs(), "e1#1");
  ask(node, "job.resume");
  CAF_CHECK_EQUAL(node.told("a"), "e1 !e2 e3");
  CAF_CHECK_EQUAL(node.services().health.backlog.load(), 0u);
}

CAF_TEST(a poison event that parked its job is skipped with all its attempts) {
  auto options = node_fixture::small();
  options.restart.max = 2;
  node_fixture node{options};
  node.post("a", "throw 99");
  node.post("a");
  node.advance(60s);
  CAF_REQUIRE_EQUAL(node.state_of("a"), "parked");
  auto row = node.ask("job.list", {{"state", "parked"}});
  node.settle();
  CAF_CHECK_EQUAL(row->body["data"][0]["held"], 2);
  CAF_CHECK(row->body["data"][0].contains("reason"));
  const auto got = ask(node, "job.skip");
  const auto letter = node.store->find_dead_letter(got->body["deadLetters"][0].get<std::string>())->first;
  CAF_REQUIRE(letter.attempts.size() > 1);
  CAF_CHECK_EQUAL(letter.attempts.front().outcome, "crash");
  CAF_CHECK_EQUAL(letter.attempts.back().code, "skipped");
  ask(node, "job.resume");
  CAF_CHECK_EQUAL(node.told("a"), "!e1 e2");
}

CAF_TEST(a skip goes to an event by its id its place or its number) {
  for (const auto* by : {"eventId", "position", "seq"}) {
    node_fixture node;
    hold(node, 4);
    const auto place = node.store->pending("a", 0, {})->events.at(2).body->position;
    const nlohmann::json body = by == std::string{"eventId"}    ? nlohmann::json{{by, "e4"}}
                                : by == std::string{"position"} ? nlohmann::json{{by, place}}
                                                                : nlohmann::json{{by, 4}};
    const auto got = ask(node, "job.skip_to", body.dump());
    CAF_CHECK_EQUAL(got->body["skipped"], 2);
    CAF_CHECK_EQUAL(got->body["complete"], true);
    CAF_CHECK_EQUAL(node.told("a"), "e1 !e2 !e3");
    CAF_CHECK_EQUAL(node.waiting("a"), "e4 e5");
    CAF_CHECK_EQUAL(ask(node, "job.skip_to", body.dump())->body["skipped"], 0);
  }
}

CAF_TEST(a missing number that parks the job is skipped as a gap) {
  auto options = node_fixture::small();
  options.sequencing.on_gap = gap_policy::park;
  node_fixture node{options};
  node.post("a", "ok", {.source = "s", .number = 1});
  node.post("a", "ok", {.source = "s", .number = 4});
  node.advance(60s);
  CAF_REQUIRE_EQUAL(node.state_of("a"), "parked");
  const auto got = ask(node, "job.skip");
  CAF_CHECK_EQUAL(got->body["skipped"], 1);
  CAF_CHECK(got->body["deadLetters"].empty());
  CAF_CHECK_EQUAL(node.told("a"), "e1 gap(2-3)");
  ask(node, "job.resume");
  CAF_CHECK_EQUAL(node.told("a"), "e1 gap(2-3) e2");
}

CAF_TEST(what waits for a number that may still come is not skipped) {
  node_fixture node;
  node.post("a", "ok", {.source = "s", .number = 1});
  node.settle();
  ask(node, "job.pause");
  node.post("a", "ok", {.source = "s", .number = 3});
  node.settle();
  CAF_CHECK_EQUAL(ask(node, "job.skip")->problem, "state-conflict");
  node.post("a", "ok", {.source = "s", .number = 2});
  node.settle();
  CAF_CHECK_EQUAL(ask(node, "job.skip", R"({"count":2})")->body["skipped"], 2);
  CAF_CHECK_EQUAL(node.told("a"), "e1 !e3 !e2"); // by number
  const auto again = node.post("a", "ok", {.source = "s", .number = 3});
  node.settle();
  CAF_CHECK_EQUAL(again->word(), "duplicate"); // the cursor went along
}

CAF_TEST(an active job is not skipped and neither is nothing) {
  node_fixture node;
  node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(ask(node, "job.skip")->problem, "state-conflict");
  ask(node, "job.pause");
  CAF_CHECK_EQUAL(ask(node, "job.skip")->problem, "state-conflict");
  auto unknown = node.ask("job.skip", {{"job", "nobody"}});
  node.settle();
  CAF_CHECK_EQUAL(unknown->problem, "job-not-found");
  CAF_CHECK_EQUAL(node.told("a"), "e1");
}

CAF_TEST(a skip that a resume overtakes is refused) {
  node_fixture node;
  hold(node, 2);
  // Planned while the job is held, written when it is not.
  const auto skip = node.ask("job.skip", {{"job", "a"}});
  node.settle_without("store_writer");
  storage::job_commit resume;
  resume.job = "a";
  resume.mode = job_mode::active;
  storage::write_batch batch;
  batch.commits.push_back(resume);
  CAF_REQUIRE(node.store->write(batch)->commits[0]);
  node.settle();
  CAF_CHECK_EQUAL(skip->problem, "state-conflict");
  CAF_CHECK_EQUAL(node.told("a"), "e1");
  CAF_CHECK_EQUAL(node.waiting("a"), "e2 e3");
}

CAF_TEST(who joined the job hears of a skip) {
  node_fixture node;
  hold(node, 1);
  auto waits = node.post("a", "ok", {.id = "late-one", .wait = 60s});
  node.settle();
  ask(node, "job.skip", R"({"count":2})");
  CAF_CHECK_EQUAL(waits->word(), "dead");
}

CAF_TEST(a skip that is not understood is refused) {
  node_fixture node;
  hold(node, 1);
  for (const auto* body : {R"({"count":0})", R"({"count":1001})", R"({"count":"1"})", R"({"n":1})"})
    CAF_CHECK_EQUAL(ask(node, "job.skip", body)->problem, "validation-failed");
  for (const auto* body : {"{}", R"({"seq":0})", R"({"seq":1,"position":1})", R"({"eventId":""})", R"({"eventId":7})"})
    CAF_CHECK_EQUAL(ask(node, "job.skip_to", body)->problem, "validation-failed");
  CAF_CHECK_EQUAL(ask(node, "job.skip_to", "[]")->problem, "malformed-json");
  CAF_CHECK_EQUAL(ask(node, "job.skip_to", R"({"eventId":"e9"})")->problem, "not-found");
  CAF_CHECK_EQUAL(ask(node, "job.skip_to", R"({"position":999})")->problem, "not-found");
  CAF_CHECK_EQUAL(node.waiting("a"), "e2");
}

CAF_TEST(what a held job keeps is listed page by page) {
  node_fixture node;
  hold(node, 3);
  auto first = node.ask("job.pending", {{"job", "a"}, {"limit", "2"}});
  node.settle();
  CAF_REQUIRE(first->body["data"].size() == 2);
  CAF_CHECK_EQUAL(first->body["data"][0]["id"], "e2");
  auto rest = node.ask("job.pending",
                       {{"job", "a"}, {"limit", "2"}, {"cursor", first->body["page"]["next"].get<std::string>()}});
  node.settle();
  CAF_REQUIRE(rest->body["data"].size() == 1);
  CAF_CHECK_EQUAL(rest->body["data"][0]["id"], "e4");
  CAF_CHECK(rest->body["page"]["next"].is_null());
}
