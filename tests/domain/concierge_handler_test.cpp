#define CAF_SUITE domain.concierge_handler
#include "domain/concierge/concierge_handler.hpp"

#include "domain/pack_job.hpp"

#include <set>

using namespace weir;
using weir_test::collections;
using weir_test::emitted_types;
using weir_test::pack_job;
using weir_test::sample_event;
using weir_test::sent_to;
using kind = processed_event::kind;
using words = std::vector<std::string>;

namespace {

/// What one good event of each type leads to.
struct row {
  std::string type;
  std::string payload;
  words records; ///< collections
  words emitted;
  words sent;
};

const std::vector<row>& table() {
  static const std::vector<row> rows = {
      {"user.inquiry.solution_needed", R"({"userId":"u1","question":"which sail?"})", {"tasks"}, {"task.created"}, {}},
      {"community.request_needed",
       R"({"userId":"u1","question":"which sail?","expertIds":["e1","e2","e1"]})",
       {"community_requests", "notifications", "notifications"},
       {"community.request_created"},
       {"notification.created>notifications/e1", "notification.created>notifications/e2"}},
      {"user.intro_inquiry", R"({"userId":"u1","introId":"n1"})", {"tasks"}, {"task.created"}, {}},
      {"user.verified",
       R"({"userId":"u1"})",
       {"user_priorities", "caches", "caches"},
       {"user.priorities_initialized", "cache.invalidated"},
       {}},
      {"user.message.received", R"({"userId":"u1","conversationId":"c1"})", {"activity", "activity"}, {}, {}},
      {"user.response.recorded", R"({"userId":"u1","response":"yes"})", {"response_log"}, {}, {}},
      {"conversation.intent_classified",
       R"({"conversationId":"c1","intent":"ask","confidence":0.5})",
       {"conversation_intents"},
       {},
       {}},
      {"solution.research_complete",
       R"({"userId":"u1","taskId":"t1","findings":["a"]})",
       {"task_results", "notifications"},
       {},
       {"notification.created>notifications/u1"}},
      {"intro.completed",
       R"({"introId":"n1","introducerId":"u1","requesterId":"u2","targetId":"u3","credits":5})",
       {"credits", "intros", "notifications", "notifications", "notifications"},
       {"credits.awarded"},
       {"notification.created>notifications/u1", "notification.created>notifications/u2",
        "notification.created>notifications/u3"}},
      {"community.response_received",
       R"({"requestId":"r1","requesterId":"u1","expertId":"e1","response":"the red one"})",
       {"community_responses", "notifications"},
       {},
       {"notification.created>notifications/u1"}},
      {"account_manager.processing.completed",
       R"({"userId":"u1","result":{"done":3}})",
       {"account_manager_log"},
       {},
       {}},
  };
  return rows;
}

/// One member that an event cannot do without, or that has a form.
struct flaw {
  std::string type;
  std::string member;
  bool required;
  json wrong; ///< of the wrong type or out of bounds
};

const std::vector<flaw>& flaws() {
  static const std::vector<flaw> rows = {
      {"user.inquiry.solution_needed", "userId", true, 7},
      {"user.inquiry.solution_needed", "userId", true, "u\n1"},
      {"user.inquiry.solution_needed", "userId", true, std::string(201, 'u')},
      {"user.inquiry.solution_needed", "question", true, json::array()},
      {"user.inquiry.solution_needed", "question", true, ""},
      {"user.inquiry.solution_needed", "urgency", false, "soon"},
      {"user.inquiry.solution_needed", "urgency", false, 1},
      {"community.request_needed", "userId", true, ""},
      {"community.request_needed", "question", true, 1},
      {"community.request_needed", "expertIds", false, "e1"},
      {"community.request_needed", "expertIds", false, json::array({"e1", 2})},
      {"community.request_needed", "expertIds", false, json::array({"e1", ""})},
      {"community.request_needed", "expertIds", false, json(std::vector<std::string>(101, "e"))},
      {"community.request_needed", "category", false, 1},
      {"user.intro_inquiry", "userId", true, json::object()},
      {"user.intro_inquiry", "introId", true, 4.5},
      {"user.intro_inquiry", "urgency", false, "LOW"},
      {"user.verified", "userId", true, true},
      {"user.message.received", "userId", true, 7},
      {"user.message.received", "conversationId", false, 7},
      {"user.response.recorded", "userId", true, 7},
      {"user.response.recorded", "response", true, nullptr},
      {"conversation.intent_classified", "conversationId", true, 7},
      {"conversation.intent_classified", "intent", true, 7},
      {"conversation.intent_classified", "userId", false, 7},
      {"conversation.intent_classified", "confidence", false, 1.01},
      {"conversation.intent_classified", "confidence", false, -0.5},
      {"conversation.intent_classified", "confidence", false, "high"},
      {"solution.research_complete", "userId", true, 7},
      {"solution.research_complete", "findings", true, nullptr},
      {"solution.research_complete", "taskId", false, 7},
      {"intro.completed", "introId", true, 7},
      {"intro.completed", "introducerId", true, 7},
      {"intro.completed", "requesterId", true, 7},
      {"intro.completed", "targetId", false, 7},
      {"intro.completed", "credits", true, 0},
      {"intro.completed", "credits", true, -1},
      {"intro.completed", "credits", true, 1.5},
      {"intro.completed", "credits", true, 1'000'001},
      {"intro.completed", "credits", true, "5"},
      {"community.response_received", "requestId", true, 7},
      {"community.response_received", "requesterId", true, 7},
      {"community.response_received", "expertId", true, 7},
      {"community.response_received", "response", true, json::object()},
      {"account_manager.processing.completed", "userId", true, 7},
      {"account_manager.processing.completed", "result", true, nullptr},
  };
  return rows;
}

void check_refused(const event_ptr& body, const std::string& pointer) {
  pack_job job{concierge_entries({})};
  const auto gone = job.run(body);
  CAF_MESSAGE(body->body.type << " " << body->body.payload.substr(0, 200));
  CAF_REQUIRE(gone.what == kind::dead);
  CAF_CHECK_EQUAL(gone.letter->code, "validation-failed");
  if (gone.letter->detail.find(pointer) == std::string::npos)
    CAF_ERROR("\"" << gone.letter->detail << "\" does not name " << pointer);
  CAF_CHECK(gone.records.empty());
  CAF_CHECK(gone.outgoing.empty());
  CAF_CHECK(gone.states.empty());
}

} // namespace

// EVT-2, EVT-3, EVT-4, EVT-5
CAF_TEST(each of the eleven events has a handler with a description and its effects) {
  const auto entries = concierge_entries({});
  CAF_CHECK_EQUAL(entries.size(), 11U);
  CAF_REQUIRE_EQUAL(table().size(), 11U);
  std::set<std::string> names;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    CAF_CHECK_EQUAL(entries[i].pattern.text, table()[i].type);
    CAF_CHECK(!entries[i].description.empty());
    names.insert(entries[i].name);
  }
  CAF_CHECK_EQUAL(names.size(), 11U);
  for (const auto& [type, payload, records, emitted, sent] : table()) {
    pack_job job{concierge_entries({})};
    const auto done = job.run("e1", type, payload);
    CAF_MESSAGE(type);
    CAF_REQUIRE(done.what == kind::done);
    CAF_CHECK_EQUAL(collections(done), records);
    CAF_CHECK_EQUAL(emitted_types(done), emitted);
    CAF_CHECK_EQUAL(sent_to(done), sent);
    for (const auto& record : done.records) {
      const auto document = json::parse(record.document);
      CAF_CHECK_EQUAL(document.at("id").get<std::string>(), record.key);
      CAF_CHECK_EQUAL(document.at("event_id").get<std::string>(), "e1");
      CAF_CHECK_EQUAL(document.at("event_type").get<std::string>(), type);
      CAF_CHECK_EQUAL(document.at("created_at").get<std::string>(), to_rfc3339(weir_test::at({})));
    }
  }
}

CAF_TEST(a missing or wrong member is a dead letter that names it) {
  for (const auto& [type, member, required, wrong] : flaws()) {
    const auto good = std::find_if(table().begin(), table().end(), [&type](const row& r) { return r.type == type; });
    CAF_REQUIRE(good != table().end());
    auto payload = json::parse(good->payload);
    payload[member] = wrong;
    check_refused(sample_event("e1", type, payload.dump()), "/" + member);
    payload.erase(member);
    pack_job job{concierge_entries({})};
    if (required)
      check_refused(sample_event("e1", type, payload.dump()), "/" + member);
    else
      CAF_CHECK(job.run("e1", type, payload.dump()).what == kind::done);
  }
}

CAF_TEST(every type has a flaw in the table) {
  std::set<std::string> types;
  for (const auto& one : flaws())
    types.insert(one.type);
  CAF_CHECK_EQUAL(types.size(), table().size());
}

CAF_TEST(a payload that is not an object is a dead letter) {
  for (const auto& good : table()) {
    for (const auto* payload : {"[]", "null", "1", "\"userId\""})
      check_refused(sample_event("e1", good.type, payload), "the payload: expected object");
    auto bytes = std::make_shared<accepted_event>(*sample_event("e1", good.type, "e30="));
    bytes->body.kind = payload_kind::base64;
    check_refused(bytes, "the payload is not JSON");
  }
}

// EVT-8, VAL-8
CAF_TEST(an event that runs again after a crash gives the same effects) {
  for (const auto& good : table()) {
    const auto body = sample_event("e1", good.type, good.payload);
    pack_job lost{concierge_entries({})};
    pack_job job{concierge_entries({})};
    const auto first = lost.run(body);
    const auto again = job.run(body, 3);
    CAF_MESSAGE(good.type);
    CAF_CHECK(first.records == again.records);
    CAF_CHECK(first.outgoing == again.outgoing);
    CAF_CHECK(first.states == again.states);
    // Behind its own commit: no further rows, only those that are there.
    const auto behind = job.run(body);
    CAF_REQUIRE(behind.what == kind::done);
    for (const auto& record : behind.records)
      CAF_CHECK(std::find(first.records.begin(), first.records.end(), record) != first.records.end());
  }
}

CAF_TEST(other types are not for this pack) {
  pack_job job{concierge_entries({})};
  for (const auto* type : {"user", "user.verified.twice", "intro.complete", "conversation.intent"}) {
    const auto done = job.run("e1", type, "{}");
    CAF_CHECK(done.what == kind::done);
    CAF_CHECK(done.records.empty());
    CAF_CHECK(done.entries.at(0).runs.empty());
  }
}
