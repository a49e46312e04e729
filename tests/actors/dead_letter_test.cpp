#define CAF_SUITE actors.dead_letter
#include "domain/dead_letter.hpp"

#include "domain/letter_replay.hpp"
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

std::string letter_of(const node_fixture& node, const std::string& event_id) {
  auto page = node.store->dead_letters({}, "", 100);
  for (const auto& letter : page->letters)
    if (letter.event_id == event_id)
      return letter.id;
  return "";
}

std::string state_of_letter(const node_fixture& node, const std::string& event_id) {
  return node.store->find_dead_letter(letter_of(node, event_id))->first.state;
}

std::string replay_of(const node_fixture& node, const std::string& event_id) {
  return replay_event_id(letter_of(node, event_id));
}

asked_ptr ask(node_fixture& node, const std::string& verb, std::map<std::string, std::string> parameters,
              const std::string& body = {}) {
  auto out = node.ask(verb, std::move(parameters), body);
  node.settle();
  CAF_CHECK_EQUAL(out->answers, 1);
  return out;
}

asked_ptr replay(node_fixture& node, const std::string& event_id, const std::string& body = {}) {
  return ask(node, "dead_letter.replay_one", {{"id", letter_of(node, event_id)}}, body);
}

} // namespace

CAF_TEST(a replayed event enters its job again with its original bytes and a new id) {
  node_fixture node;
  node.post("a", "throw 5");
  node.advance(60s);
  node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "!e1 e2");
  const auto got = replay(node, "e1");
  CAF_CHECK_EQUAL(got->body["status"], "accepted");
  CAF_CHECK_EQUAL(got->body["id"].get<std::string>(), replay_of(node, "e1"));
  CAF_CHECK_EQUAL(got->body["causationId"], "e1");
  CAF_CHECK_EQUAL(state_of_letter(node, "e1"), "replayed");
  const auto again = node.store->pending("a", 0, {})->events;
  CAF_REQUIRE(again.size() == 1);
  CAF_CHECK_EQUAL(again[0].body->body.payload, R"("throw 5")");
  CAF_CHECK(again[0].body->body.replayed);
  CAF_CHECK_EQUAL(again[0].body->body.causation, "e1");
  CAF_CHECK_EQUAL(again[0].attempts.size(), 1u); // attempts begin anew
}

CAF_TEST(a letter is replayed once and the second answer names the first event) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  const auto id = letter_of(node, "e1");
  const auto first = ask(node, "dead_letter.replay_one", {{"id", id}});
  const auto second = ask(node, "dead_letter.replay_one", {{"id", id}}, R"({"patch":"ok"})");
  CAF_CHECK_EQUAL(second->body["status"], "duplicate");
  CAF_CHECK_EQUAL(second->body["id"], first->body["id"]);
  CAF_CHECK_EQUAL(node.told("a"), "!e1 !" + replay_event_id(id));
}

CAF_TEST(two replays at once have one effect) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  const auto id = letter_of(node, "e1");
  const auto one = node.ask("dead_letter.replay_one", {{"id", id}}, R"({"patch":"ok"})");
  const auto other = node.ask("dead_letter.replay_one", {{"id", id}}, R"({"patch":"ok"})");
  node.settle();
  CAF_CHECK_EQUAL(one->body["status"], "accepted");
  CAF_CHECK_EQUAL(other->body["status"], "duplicate");
  CAF_CHECK_EQUAL(node.told("a"), "!e1 " + replay_event_id(id));
}

CAF_TEST(a patch heals the event and says who did it while the original stays) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  const auto got = replay(node, "e1", R"({ "patch" : "ok" })");
  CAF_CHECK_EQUAL(got->body["patched"], true);
  CAF_CHECK_EQUAL(node.told("a"), "!e1 " + replay_of(node, "e1"));
  const auto healed = node.store->find_event(replay_of(node, "e1"), "");
  CAF_REQUIRE(healed);
  CAF_CHECK_EQUAL(healed->status, "processed");
  CAF_CHECK_EQUAL(healed->body->body.payload, R"("ok")");
  const auto notes = nlohmann::json::parse(healed->body->body.metadata);
  CAF_CHECK_EQUAL(notes["replayedby"], "operator");
  CAF_CHECK_EQUAL(notes["replayof"].get<std::string>(), letter_of(node, "e1"));
  CAF_CHECK_EQUAL(notes["patch"], R"("ok")");
  const auto original = node.store->find_dead_letter(letter_of(node, "e1"));
  CAF_CHECK_EQUAL(original->second->body.payload, R"("dead")");
  CAF_CHECK_EQUAL(node.store->find_event("e1", "")->status, "dead");
}

CAF_TEST(a replay that is refused leaves the letter open) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  CAF_CHECK_EQUAL(replay(node, "e1", R"({"patch":)")->problem, "malformed-json");
  CAF_CHECK_EQUAL(replay(node, "e1", R"({"data":1})")->problem, "validation-failed");
  CAF_CHECK_EQUAL(replay(node, "e1", R"({"patch":1,"patch":2})")->problem, "duplicate-key");
  CAF_CHECK_EQUAL(ask(node, "dead_letter.replay_one", {{"id", "dl_none"}})->problem, "not-found");
  CAF_CHECK_EQUAL(state_of_letter(node, "e1"), "open");
  CAF_CHECK_EQUAL(node.told("a"), "!e1");
}

CAF_TEST(a discarded letter can be restored within a day and then be replayed) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  const auto id = letter_of(node, "e1");
  const auto gone = ask(node, "dead_letter.discard_one", {{"id", id}});
  CAF_CHECK_EQUAL(gone->body["state"], "discarded");
  CAF_CHECK(gone->body.contains("restorableUntil"));
  CAF_CHECK_EQUAL(node.store->stats().dead_letters, 0u);
  CAF_CHECK_EQUAL(replay(node, "e1")->problem, "state-conflict");
  CAF_CHECK_EQUAL(ask(node, "dead_letter.discard_one", {{"id", id}})->problem, "state-conflict");
  node.jump(23h);
  CAF_CHECK_EQUAL(ask(node, "dead_letter.restore", {{"id", id}})->body["state"], "open");
  CAF_CHECK_EQUAL(ask(node, "dead_letter.restore", {{"id", id}})->problem, "state-conflict");
  CAF_CHECK_EQUAL(replay(node, "e1", R"({"patch":"ok"})")->body["status"], "accepted");
}

CAF_TEST(after a day a discarded letter neither shows nor comes back) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  const auto id = letter_of(node, "e1");
  ask(node, "dead_letter.discard_one", {{"id", id}});
  const auto trash = [&] {
    auto got = ask(node, "dead_letter.list", {{"state", "discarded"}});
    return got->body["data"].size();
  };
  CAF_CHECK_EQUAL(trash(), 1u);
  node.jump(25h);
  CAF_CHECK_EQUAL(trash(), 0u);
  CAF_CHECK_EQUAL(ask(node, "dead_letter.restore", {{"id", id}})->problem, "state-conflict");
}

CAF_TEST(replay of an event that is done changes nothing and says so) {
  node_fixture node;
  node.post("a", "emit 1");
  node.settle();
  const auto got = ask(node, "event.replay", {{"id", "e1"}});
  CAF_CHECK_EQUAL(got->body["status"], "unchanged");
  CAF_CHECK_EQUAL(got->body["eventStatus"], "processed");
  const auto emitted = node.stream("a").at(1).body->body.id;
  CAF_CHECK_EQUAL(ask(node, "event.replay", {{"id", emitted}})->body["status"], "unchanged");
  CAF_CHECK_EQUAL(node.told("a"), "e1 +made");
  CAF_CHECK_EQUAL(node.runs(), "e1#1");
  CAF_CHECK_EQUAL(ask(node, "event.replay", {{"id", "e9"}})->problem, "not-found");
}

CAF_TEST(replay of an event that still waits changes nothing) {
  node_fixture node;
  node.post("a");
  node.settle();
  ask(node, "job.pause", {{"job", "a"}});
  node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(ask(node, "event.replay", {{"id", "e2"}})->body["eventStatus"], "accepted");
  CAF_CHECK_EQUAL(node.waiting("a"), "e2");
}

CAF_TEST(replay of a dead event replays its letter once) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  CAF_CHECK_EQUAL(ask(node, "event.replay", {{"id", "e1"}}, R"({"patch":"ok"})")->body["status"], "accepted");
  CAF_CHECK_EQUAL(ask(node, "event.replay", {{"id", "e1"}})->body["status"], "duplicate");
  CAF_CHECK_EQUAL(node.told("a"), "!e1 " + replay_of(node, "e1"));
}

CAF_TEST(alike failures are one group with first last and sample) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  node.jump(10s);
  node.post("b", "dead");
  node.post("c", "throw 9");
  node.advance(60s);
  const auto groups = ask(node, "dead_letter.groups", {})->body["data"];
  CAF_REQUIRE(groups.size() == 2);
  const auto& most = groups[0];
  CAF_CHECK_EQUAL(most["count"], 2);
  CAF_CHECK_EQUAL(most["handler"], "plan");
  CAF_CHECK_EQUAL(most["code"], "planned-end");
  CAF_CHECK_EQUAL(most["detail"], "planned end of e#");
  CAF_CHECK_EQUAL(most["sample"]["eventId"], "e2");
  CAF_CHECK(most["firstAt"].get<std::string>() < most["lastAt"].get<std::string>());
  const auto only = ask(node, "dead_letter.groups", {{"q", "code:handler-crashed"}})->body["data"];
  CAF_CHECK_EQUAL(only.size(), 1u);
}

CAF_TEST(a letter shows its attempts its bytes and what became of its replay) {
  node_fixture node;
  node.post("a", "throw 9");
  node.advance(60s);
  const auto id = letter_of(node, "e1");
  auto letter = ask(node, "dead_letter.get", {{"id", id}})->body;
  CAF_CHECK_EQUAL(letter["attempts"].size(), 5u);
  CAF_CHECK_EQUAL(letter["attempts"][0]["detail"], "planned crash of e1");
  CAF_CHECK_EQUAL(letter["event"]["data"], "throw 9");
  CAF_CHECK(!letter.contains("replay"));
  ask(node, "dead_letter.replay_one", {{"id", id}}, R"({"patch":"dead"})");
  letter = ask(node, "dead_letter.get", {{"id", id}})->body;
  CAF_CHECK_EQUAL(letter["replay"]["id"].get<std::string>(), replay_event_id(id));
  CAF_CHECK_EQUAL(letter["replay"]["status"], "dead");
  const auto next = letter["replay"]["deadLetter"].get<std::string>();
  ask(node, "dead_letter.replay_one", {{"id", next}}, R"({"patch":"ok"})");
  letter = ask(node, "dead_letter.get", {{"id", next}})->body;
  CAF_CHECK_EQUAL(letter["replay"]["status"], "processed");
  CAF_CHECK_EQUAL(letter["replay"]["seq"], 3);
  CAF_CHECK_EQUAL(ask(node, "event.get", {{"id", "e1"}})->body["replayId"].get<std::string>(), replay_event_id(id));
}

CAF_TEST(an operator is answered when the actor dies) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  const auto got = node.ask("dead_letter.discard_one", {{"id", letter_of(node, "e1")}});
  node.settle_without("store_writer");
  node.crash("dead_letter");
  node.settle();
  CAF_CHECK_EQUAL(got->answers, 1);
  CAF_CHECK_EQUAL(got->problem, "timed-out");
}
