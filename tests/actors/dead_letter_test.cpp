#define CAF_SUITE actors.dead_letter
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

asked_ptr operate(node_fixture& node, const std::string& verb, const nlohmann::json& body) {
  auto out = node.ask(verb, {}, body.dump());
  node.settle();
  CAF_CHECK_EQUAL(out->answers, 1);
  return out;
}

} // namespace

CAF_TEST(a replayed event enters its job again with its original bytes) {
  node_fixture node;
  node.post("a", "throw 5");
  node.advance(60s);
  node.post("a");
  node.settle();
  CAF_CHECK_EQUAL(node.told("a"), "!e1 e2");
  auto got = operate(node, "dead_letter.replay", {{"ids", nlohmann::json::array({letter_of(node, "e1")})}});
  CAF_CHECK_EQUAL(got->body["done"].get<int>(), 1);
  CAF_CHECK_EQUAL(state_of_letter(node, "e1"), "replayed");
  auto again = node.store->pending("a", 0, {})->events;
  CAF_REQUIRE(again.size() == 1);
  CAF_CHECK_EQUAL(again[0].body->body.payload, R"("throw 5")");
  CAF_CHECK(again[0].body->body.replayed);
}

CAF_TEST(a letter is replayed once) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  operate(node, "dead_letter.replay", {{"ids", nlohmann::json::array({letter_of(node, "e1")})}});
  auto second = operate(node, "dead_letter.replay", {{"ids", nlohmann::json::array({letter_of(node, "e1")})}});
  CAF_CHECK_EQUAL(second->body["done"].get<int>(), 0);
  CAF_CHECK_EQUAL(second->body["skipped"].get<int>(), 1);
  CAF_CHECK_EQUAL(node.told("a"), "!e1 !e1");
}

CAF_TEST(a discarded letter stays and its event is not applied) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  auto got = operate(node, "dead_letter.discard", {{"ids", nlohmann::json::array({letter_of(node, "e1")})}});
  CAF_CHECK_EQUAL(got->body["done"].get<int>(), 1);
  CAF_CHECK_EQUAL(state_of_letter(node, "e1"), "discarded");
  CAF_CHECK_EQUAL(node.told("a"), "!e1");
  CAF_CHECK_EQUAL(node.store->stats().dead_letters, 0u);
}

CAF_TEST(a filter means only the letters that match) {
  node_fixture node;
  node.post("a", "dead");
  node.post("b", "dead");
  node.settle();
  auto got = operate(node, "dead_letter.discard", {{"filter", {{"job", "b"}}}});
  CAF_CHECK_EQUAL(got->body["matched"].get<int>(), 1);
  CAF_CHECK_EQUAL(state_of_letter(node, "e1"), "open");
  CAF_CHECK_EQUAL(state_of_letter(node, "e2"), "discarded");
}

CAF_TEST(a dry run changes nothing) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  auto got = operate(node, "dead_letter.discard", {{"filter", nlohmann::json::object()}, {"dryRun", true}});
  CAF_CHECK_EQUAL(got->body["matched"].get<int>(), 1);
  CAF_CHECK_EQUAL(got->body["done"].get<int>(), 0);
  CAF_CHECK_EQUAL(state_of_letter(node, "e1"), "open");
}

CAF_TEST(an action that expects another count is refused) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  auto got = operate(node, "dead_letter.discard", {{"filter", nlohmann::json::object()}, {"expectCount", 2}});
  CAF_CHECK_EQUAL(got->problem, "expect-count-mismatch");
  CAF_CHECK_EQUAL(state_of_letter(node, "e1"), "open");
}

CAF_TEST(what is not understood is refused) {
  node_fixture node;
  auto problem = [&](const std::string& verb, const nlohmann::json& body) {
    auto got = operate(node, verb, body);
    return got->problem;
  };
  CAF_CHECK_EQUAL(problem("dead_letter.discard", nlohmann::json::object()), "validation-failed");
  CAF_CHECK_EQUAL(problem("dead_letter.discard", {{"ids", nlohmann::json::array({1})}}), "validation-failed");
  CAF_CHECK_EQUAL(problem("dead_letter.discard", {{"filter", {{"colour", "red"}}}}), "validation-failed");
  CAF_CHECK_EQUAL(problem("dead_letter.replay", {{"ids", nlohmann::json::array({"dl_none"})}}), "not-found");
  CAF_CHECK_EQUAL(problem("dead_letter.replay", 7), "malformed-json");
}

CAF_TEST(an operator is answered when the actor dies) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  auto got = node.ask("dead_letter.discard", {}, R"({"filter":{}})");
  node.settle_without("store_writer");
  node.crash("dead_letter");
  node.settle();
  CAF_CHECK_EQUAL(got->answers, 1);
  CAF_CHECK_EQUAL(got->problem, "timed-out");
}
