#define CAF_SUITE domain.user_events
#include "domain/concierge/user_events.hpp"

#include "domain/concierge/moments.hpp"
#include "domain/pack_job.hpp"

using namespace weir;
using weir_test::at;
using weir_test::documents;
using weir_test::emitted_types;
using weir_test::pack_job;
using weir_test::sent_to;
using words = std::vector<std::string>;

namespace {

pack_job make_user_job() {
  return pack_job{user_event_entries({})};
}

/// Without the members that all records have.
json own_part(json document) {
  for (const auto* member : {"id", "event_id", "event_type", "created_at"})
    document.erase(member);
  return document;
}

} // namespace

// EVT-3
CAF_TEST(an inquiry becomes a research task with all that was said) {
  auto job = make_user_job();
  const json payload = {
      {"userId", "u1"}, {"question", "which sail?"}, {"urgency", "high"}, {"boat", {{"length", 9.5}}}};
  const auto done = job.run("e1", "user.inquiry.solution_needed", payload.dump());
  const json expected = {{"agent", "solution_saga"}, {"type", "solution_research"}, {"user_id", "u1"},
                         {"priority", "high"},       {"status", "pending"},         {"context", payload}};
  CAF_CHECK_EQUAL(own_part(documents(done, "tasks").at(0)), expected);
  CAF_CHECK_EQUAL(done.entries.at(1).body->body.payload, done.records.at(0).document);
  // Another inquiry, even with the same words, is another task.
  const auto other = job.run("e2", "user.inquiry.solution_needed", payload.dump());
  CAF_CHECK(other.records.at(0).key != done.records.at(0).key);
}

// EVT-3
CAF_TEST(an intro inquiry becomes a follow up task of the account manager) {
  auto job = make_user_job();
  const json payload = {{"userId", "u1"}, {"introId", "n7"}};
  const auto done = job.run("e1", "user.intro_inquiry", payload.dump());
  const json expected = {{"agent", "account_manager"}, {"type", "intro_followup"}, {"user_id", "u1"},
                         {"priority", "medium"},       {"status", "pending"},      {"context", payload}};
  CAF_CHECK_EQUAL(own_part(documents(done, "tasks").at(0)), expected);
}

// EVT-3
CAF_TEST(a community request is kept and each expert is told once) {
  auto job = make_user_job();
  const auto done =
      job.run("e1", "community.request_needed",
              R"({"userId":"u1","question":"which sail?","category":"sails","expertIds":["e1","e2","e1"]})");
  const auto request = documents(done, "community_requests").at(0);
  const json expected = {{"user_id", "u1"},
                         {"question", "which sail?"},
                         {"category", "sails"},
                         {"expert_ids", json::array({"e1", "e2"})},
                         {"status", "open"}};
  CAF_CHECK_EQUAL(own_part(request), expected);
  const auto told = documents(done, "notifications");
  CAF_REQUIRE_EQUAL(told.size(), 2U);
  for (std::size_t i = 0; i < told.size(); ++i) {
    const json notice = {{"user_id", i == 0 ? "e1" : "e2"},
                         {"type", "community_request"},
                         {"status", "pending"},
                         {"content", {{"request_id", request["id"]}, {"user_id", "u1"}, {"question", "which sail?"}}}};
    CAF_CHECK_EQUAL(own_part(told[i]), notice);
    CAF_CHECK_EQUAL(json::parse(done.outgoing.at(i).payload), told[i]);
  }
}

CAF_TEST(a community request without experts asks for some) {
  auto job = make_user_job();
  for (const auto* payload :
       {R"({"userId":"u1","question":"q"})", R"({"userId":"u1","question":"q","expertIds":[]})"}) {
    const auto done = job.run("e1", "community.request_needed", payload);
    CAF_CHECK(documents(done, "notifications").empty());
    CAF_CHECK_EQUAL(documents(done, "tasks").at(0)["type"].get<std::string>(), "find_experts");
    CAF_CHECK(sent_to(done).empty());
  }
}

// EVT-3
CAF_TEST(a verified user gets priorities once and loses cached values every time) {
  auto job = make_user_job();
  const auto done = job.run("e1", "user.verified", R"({"userId":"u1"})");
  const json priorities = {{"user_id", "u1"}, {"priorities", json::array()}, {"status", "active"}};
  CAF_CHECK_EQUAL(own_part(documents(done, "user_priorities").at(0)), priorities);
  const json cached = {{"user_id", "u1"}, {"valid", false}, {"invalidated_at", to_rfc3339(at({}))}};
  for (const auto& row : documents(done, "caches"))
    CAF_CHECK_EQUAL(own_part(row), cached);
  const auto& told = done.entries.at(2).body->body;
  CAF_CHECK_EQUAL(told.type, "cache.invalidated");
  CAF_CHECK_EQUAL(json::parse(told.payload)["keys"].dump(), R"(["profile:u1","priorities:u1"])");

  job.reload();
  const auto again = job.run("e2", "user.verified", R"({"userId":"u1"})");
  CAF_CHECK(documents(again, "user_priorities").empty());
  CAF_CHECK_EQUAL(emitted_types(again), words{"cache.invalidated"});
  CAF_CHECK_EQUAL(documents(again, "caches").size(), 2U);
  CAF_CHECK_EQUAL(documents(job.run("e3", "user.verified", R"({"userId":"u2"})"), "user_priorities").size(), 1U);
}

CAF_TEST(the state of verified users is bounded) {
  auto job = make_user_job();
  for (std::size_t i = 0; i < max_moments + 20; ++i) {
    const auto number = std::to_string(i);
    job.run("e" + number, "user.verified", R"({"userId":"u)" + number + "\"}");
  }
  CAF_CHECK_EQUAL(job.state("user-verified").size(), max_moments);
}
