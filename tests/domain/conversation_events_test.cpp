#define CAF_SUITE domain.conversation_events
#include "domain/concierge/conversation_events.hpp"

#include "domain/pack_job.hpp"

#include <map>
#include <random>

using namespace weir;
using namespace std::chrono_literals;
using weir_test::at;
using weir_test::documents;
using weir_test::pack_job;
using weir_test::sample_event;

namespace {

pack_job make_conversation_job() {
  return pack_job{conversation_event_entries({})};
}

event_ptr said_at(const std::string& id, const std::string& type, const std::string& payload,
                  std::chrono::milliseconds when) {
  auto made = std::make_shared<accepted_event>(*sample_event(id, type, payload));
  made->body.time = at(when);
  return made;
}

} // namespace

// EVT-4
CAF_TEST(a message moves the activity of its user and its conversation) {
  auto job = make_conversation_job();
  const auto done = job.run(said_at("e1", "user.message.received", R"({"userId":"u1","conversationId":"c1"})", 1500ms));
  const auto rows = documents(done, "activity");
  CAF_REQUIRE_EQUAL(rows.size(), 2U);
  CAF_CHECK_EQUAL(rows[0]["id"].get<std::string>(), "user:u1");
  CAF_CHECK_EQUAL(rows[0]["user_id"].get<std::string>(), "u1");
  CAF_CHECK_EQUAL(rows[1]["id"].get<std::string>(), "conversation:c1");
  CAF_CHECK_EQUAL(rows[1]["conversation_id"].get<std::string>(), "c1");
  for (const auto& row : rows)
    CAF_CHECK_EQUAL(row["last_message_at"].get<std::string>(), to_rfc3339(at(1500ms)));
  // An older message that arrives later changes nothing of the user, but its
  // conversation was not heard of before.
  const auto late = job.run(said_at("e2", "user.message.received", R"({"userId":"u1","conversationId":"c2"})", 20ms));
  CAF_REQUIRE_EQUAL(late.records.size(), 1U);
  CAF_CHECK_EQUAL(late.records[0].key, "conversation:c2");
}

CAF_TEST(activity is the latest time in whatever order messages come) {
  const auto seed = std::random_device{}();
  CAF_MESSAGE("seed " << seed);
  std::mt19937_64 random{seed};
  auto job = make_conversation_job();
  std::map<std::string, std::chrono::milliseconds> latest;
  std::map<std::string, std::string> kept;
  for (int i = 0; i < 500; ++i) {
    const std::chrono::milliseconds when{random() % 100'000};
    const auto user = "u" + std::to_string(random() % 5);
    const auto done =
        job.run(said_at("e" + std::to_string(i), "user.message.received", "{\"userId\":\"" + user + "\"}", when));
    for (const auto& row : documents(done, "activity"))
      kept[row["user_id"]] = row["last_message_at"];
    latest[user] = std::max(latest[user], when);
    if (random() % 10 == 0)
      job.reload();
  }
  CAF_CHECK_EQUAL(kept.size(), latest.size());
  for (const auto& [user, when] : latest)
    CAF_CHECK_EQUAL(kept[user], to_rfc3339(at(when)));
}

// EVT-4
CAF_TEST(a response is logged as it was given) {
  auto job = make_conversation_job();
  for (const auto* response : {R"("yes")", "false", "0", R"({"rating":4,"why":["fast"]})", "\"\""}) {
    const auto payload = std::string(R"({"userId":"u1","promptId":"p1","response":)") + response + "}";
    const auto done = job.run(said_at("e1", "user.response.recorded", payload, 2s));
    const auto row = documents(done, "response_log").at(0);
    CAF_CHECK_EQUAL(row["response"], json::parse(response));
    CAF_CHECK_EQUAL(row["user_id"].get<std::string>(), "u1");
    CAF_CHECK_EQUAL(row["context"], json::parse(payload));
    CAF_CHECK_EQUAL(row["recorded_at"].get<std::string>(), to_rfc3339(at(2s)));
  }
}

// EVT-4
CAF_TEST(the latest intent of a conversation stays) {
  auto job = make_conversation_job();
  const auto first = job.run(said_at("e1", "conversation.intent_classified",
                                     R"({"conversationId":"c1","intent":"ask","userId":"u1","confidence":0.75})", 9s));
  auto row = documents(first, "conversation_intents").at(0);
  CAF_CHECK_EQUAL(row["id"].get<std::string>(), "c1");
  CAF_CHECK_EQUAL(row["intent"].get<std::string>(), "ask");
  CAF_CHECK_EQUAL(row["user_id"].get<std::string>(), "u1");
  CAF_CHECK_EQUAL(row["confidence"].get<double>(), 0.75);
  CAF_CHECK_EQUAL(row["classified_at"].get<std::string>(), to_rfc3339(at(9s)));
  const std::string next = R"({"conversationId":"c1","intent":"thank"})";
  CAF_CHECK(job.run(said_at("e2", "conversation.intent_classified", next, 8s)).records.empty());
  const auto later = job.run(said_at("e3", "conversation.intent_classified", next, 10s));
  row = documents(later, "conversation_intents").at(0);
  CAF_CHECK_EQUAL(row["intent"].get<std::string>(), "thank");
  CAF_CHECK(!row.contains("confidence"));
}
