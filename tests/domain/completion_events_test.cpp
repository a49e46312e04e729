#define CAF_SUITE domain.completion_events
#include "domain/concierge/completion_events.hpp"

#include "domain/pack_job.hpp"

#include <map>
#include <set>

using namespace weir;
using weir_test::at;
using weir_test::documents;
using weir_test::pack_job;
using weir_test::sent_to;
using kind = processed_event::kind;
using words = std::vector<std::string>;

namespace {

pack_job make_completion_job() {
  return pack_job{completion_event_entries({})};
}

std::string completed(const std::string& intro, const std::string& introducer, int amount) {
  return json{{"introId", intro}, {"introducerId", introducer}, {"requesterId", "u9"}, {"credits", amount}}.dump();
}

} // namespace

// EVT-5
CAF_TEST(findings are delivered to the user who asked) {
  auto job = make_completion_job();
  const auto done = job.run("e1", "solution.research_complete",
                            R"({"userId":"u1","taskId":"t1","findings":{"best":"red","others":[1,2]}})");
  const auto result = documents(done, "task_results").at(0);
  CAF_CHECK_EQUAL(result["id"].get<std::string>(), "t1");
  CAF_CHECK_EQUAL(result["status"].get<std::string>(), "completed");
  CAF_CHECK_EQUAL(result["findings"].dump(), R"({"best":"red","others":[1,2]})");
  const auto told = documents(done, "notifications").at(0);
  CAF_CHECK_EQUAL(told["user_id"].get<std::string>(), "u1");
  CAF_CHECK_EQUAL(told["type"].get<std::string>(), "solution_findings");
  CAF_CHECK_EQUAL(told["content"].dump(), R"({"findings":{"best":"red","others":[1,2]},"task_id":"t1"})");
  CAF_CHECK_EQUAL(json::parse(done.outgoing.at(0).payload), told);
  const auto loose = job.run("e2", "solution.research_complete", R"({"userId":"u1","findings":"none"})");
  CAF_CHECK(documents(loose, "task_results").empty());
  CAF_CHECK_EQUAL(sent_to(loose), words{"notification.created>notifications/u1"});
}

// EVT-5
CAF_TEST(a completed introduction awards credits keeps its status and tells each party once) {
  auto job = make_completion_job();
  const auto done = job.run("e1", "intro.completed",
                            R"({"introId":"n1","introducerId":"u1","requesterId":"u2","targetId":"u1","credits":25})");
  const auto credit = documents(done, "credits").at(0);
  CAF_CHECK_EQUAL(credit["user_id"].get<std::string>(), "u1");
  CAF_CHECK_EQUAL(credit["intro_id"].get<std::string>(), "n1");
  CAF_CHECK_EQUAL(credit["amount"].get<int>(), 25);
  CAF_CHECK_EQUAL(done.entries.at(1).body->body.payload, credit.dump());
  const auto intro = documents(done, "intros").at(0);
  CAF_CHECK_EQUAL(intro["id"].get<std::string>(), "n1");
  CAF_CHECK_EQUAL(intro["status"].get<std::string>(), "completed");
  CAF_CHECK_EQUAL(intro["completed_at"].get<std::string>(), to_rfc3339(at({})));
  const auto told = documents(done, "notifications");
  CAF_REQUIRE_EQUAL(told.size(), 2U);
  CAF_CHECK_EQUAL(told[0]["content"].dump(), R"({"credits":25,"intro_id":"n1"})");
  CAF_CHECK_EQUAL(told[1]["content"].dump(), R"({"intro_id":"n1"})");
}

// EVT-5
CAF_TEST(credits of an introduction count once however often it is said) {
  auto job = make_completion_job();
  std::map<std::string, json> ledger;
  int awarded = 0;
  std::set<std::string> notices;
  const auto run = [&](const std::string& id, const std::string& payload) {
    const auto done = job.run(id, "intro.completed", payload);
    CAF_REQUIRE(done.what == kind::done);
    for (const auto& credit : documents(done, "credits"))
      ledger[credit["id"]] = credit;
    awarded += static_cast<int>(done.entries.size()) - 1;
    for (const auto& sent : done.outgoing)
      CAF_CHECK(notices.insert(sent.id).second);
  };
  for (const auto* id : {"e1", "e1", "e2"}) {
    run(id, completed("n1", "u1", 5));
    job.reload();
  }
  run("e3", completed("n2", "u1", 7));
  run("e4", completed("n3", "u2", 1));
  run("e1", completed("n1", "u1", 5));
  int sum = 0;
  for (const auto& [key, credit] : ledger)
    sum += credit["user_id"] == "u1" ? credit["amount"].get<int>() : 0;
  CAF_CHECK_EQUAL(sum, 12);
  CAF_CHECK_EQUAL(ledger.size(), 3U);
  CAF_CHECK_EQUAL(awarded, 3);
  CAF_CHECK_EQUAL(notices.size(), 6U);
}

CAF_TEST(an introduction that the state has forgotten meets the same row of credits) {
  auto job = make_completion_job();
  auto other = make_completion_job();
  const auto first = documents(job.run("e1", "intro.completed", completed("n1", "u1", 5)), "credits").at(0);
  const auto again = documents(other.run("e2", "intro.completed", completed("n1", "u1", 5)), "credits").at(0);
  CAF_CHECK_EQUAL(first["id"], again["id"]);
  const auto parts = documents(job.run("e3", "intro.completed", completed("n1u", "1", 5)), "credits").at(0);
  CAF_CHECK(first["id"] != parts["id"]);
}

// EVT-5
CAF_TEST(a response is delivered to the requester) {
  auto job = make_completion_job();
  const auto done = job.run("e1", "community.response_received",
                            R"({"requestId":"r1","requesterId":"u1","expertId":"e7","response":"the red one"})");
  const auto kept = documents(done, "community_responses").at(0);
  CAF_CHECK_EQUAL(kept["request_id"].get<std::string>(), "r1");
  CAF_CHECK_EQUAL(kept["response"].get<std::string>(), "the red one");
  const auto told = documents(done, "notifications").at(0);
  const json content = {
      {"request_id", "r1"}, {"response_id", kept["id"]}, {"expert_id", "e7"}, {"response", "the red one"}};
  CAF_CHECK_EQUAL(told["content"], content);
  CAF_CHECK_EQUAL(sent_to(done), words{"notification.created>notifications/u1"});
}

// EVT-5
CAF_TEST(the result of an account manager run is logged) {
  auto job = make_completion_job();
  const auto done = job.run("e1", "account_manager.processing.completed",
                            R"({"userId":"u1","result":{"decisions":["send","wait"]}})");
  const auto row = documents(done, "account_manager_log").at(0);
  CAF_CHECK_EQUAL(row["user_id"].get<std::string>(), "u1");
  CAF_CHECK_EQUAL(row["result"].dump(), R"({"decisions":["send","wait"]})");
  CAF_CHECK_EQUAL(row["completed_at"].get<std::string>(), to_rfc3339(at({})));
}
