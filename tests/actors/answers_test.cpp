#define CAF_SUITE actors.answers
#include "actors/reply_once.hpp"
#include "support/node_fixture.hpp"
#include "support/weir_test.hpp"

#include <map>
#include <set>
#include <string>
#include <vector>

using namespace weir;
using namespace weir::testing;
using namespace std::chrono_literals;

namespace {

nlohmann::json ask(node_fixture& node, const std::string& verb, std::map<std::string, std::string> parameters = {}) {
  auto got = node.ask(verb, std::move(parameters));
  node.settle();
  CAF_CHECK_EQUAL(got->answers, 1);
  return got->problem.empty() ? got->body : nlohmann::json(got->problem);
}

/// One member of an answer.
std::string ask_one(node_fixture& node, const std::string& verb, std::map<std::string, std::string> parameters,
                    const std::string& pointer) {
  auto got = ask(node, verb, std::move(parameters));
  const auto& found = got.is_object() ? got[nlohmann::json::json_pointer{pointer}] : got;
  return found.is_string() ? found.get<std::string>() : found.dump();
}

using test_reply = actors::reply_once<int, std::string>;

} // namespace

CAF_TEST(a reply that is destroyed answers with its fallback) {
  std::vector<test_reply::value> got;
  {
    test_reply dropped{[&](test_reply::value what) { got.push_back(std::move(what)); }, "nobody"};
  }
  CAF_REQUIRE(got.size() == 1);
  CAF_CHECK_EQUAL(std::get<1>(got[0]), "nobody");
}

CAF_TEST(a reply is given once) {
  std::vector<test_reply::value> got;
  {
    test_reply reply{[&](test_reply::value what) { got.push_back(std::move(what)); }, "nobody"};
    reply.good(1);
    reply.good(2);
    reply.bad("late");
  }
  CAF_REQUIRE(got.size() == 1);
  CAF_CHECK_EQUAL(std::get<0>(got[0]), 1);
}

CAF_TEST(history that goes between two questions is told and never stepped over) {
  node_fixture node;
  for (int n = 0; n < 6; ++n)
    node.post("a", "note");
  node.settle();
  const auto numbers = [&](const nlohmann::json& got) {
    std::string out;
    for (const auto& entry : got.is_object() ? got["data"] : nlohmann::json::array())
      out += (out.empty() ? "" : " ") + entry["seq"].dump();
    return got.is_object() ? out + " next " + got["page"]["next"].dump() : got.get<std::string>();
  };
  CAF_CHECK_EQUAL(numbers(ask(node, "job.events", {{"job", "a"}, {"after", "2"}})), "3 4 5 6 next null");
  // In front of the first page: the job was still whole when it was asked for.
  node.store->before_stream = [&](const job_id& job, sequence) { node.store->trim_job(job, 5); };
  CAF_CHECK_EQUAL(numbers(ask(node, "job.events", {{"job", "a"}, {"after", "2"}})), "history-trimmed");
  CAF_CHECK_EQUAL(numbers(ask(node, "job.events", {{"job", "a"}, {"after", "4"}})), "5 6 next null");
}

CAF_TEST(history that goes between two pages ends the answer in front of the hole) {
  node_fixture node;
  // Larger than a page that is read at once, so that the answer takes two.
  for (const auto& plan : {std::string(4 << 20, 'x'), std::string{"note"}, std::string{"note"}})
    node.post("a", plan);
  node.settle();
  node.store->before_stream = [&](const job_id& job, sequence after) {
    if (after > 0)
      node.store->trim_job(job, 3);
  };
  const auto got = ask(node, "job.events", {{"job", "a"}, {"after", "0"}});
  CAF_REQUIRE_EQUAL(got["data"].size(), 1u);
  CAF_CHECK_EQUAL(got["data"][0]["seq"], 1);
  CAF_CHECK_EQUAL(got["page"]["next"], "1");
  CAF_CHECK_EQUAL(ask(node, "job.events", {{"job", "a"}, {"cursor", "1"}}), "history-trimmed");
}

CAF_TEST(a rehearsal that retention overtakes is refused) {
  node_fixture node;
  for (int n = 0; n < 3; ++n)
    node.post("a", "note");
  node.settle();
  const auto rehearse = [&] {
    const auto got = node.ask("rehearsal.run", {}, R"({"job":"a"})");
    node.settle();
    return got->problem.empty() ? got->body["events"].dump() : got->problem;
  };
  CAF_CHECK_EQUAL(rehearse(), "3");
  node.store->before_stream = [&](const job_id& job, sequence) { node.store->trim_job(job, 3); };
  CAF_CHECK_EQUAL(rehearse(), "history-trimmed");
  CAF_CHECK_EQUAL(rehearse(), "1");
}

CAF_TEST(a card never shows a negative mailbox) {
  actors::actor_card card{"job:a", "job", "shard:000"};
  card.offered = 2;
  card.taken = 5;
  CAF_CHECK_EQUAL(card.mailbox(), 0u);
}

CAF_TEST(a card that another actor takes over keeps what was before) {
  actors::actor_card card{"job:a", "job", "shard:000"};
  card.offered = 5;
  card.taken = 2;
  card.restarts = 3;
  card.cursor = 9;
  card.behind = true;
  card.note_behind(event_priority::high);
  card.state = actors::actor_state::backoff;
  card.begin_anew(4);
  CAF_CHECK_EQUAL(card.mailbox(), 0u);
  CAF_CHECK(!card.behind && card.behind_rank == event_priority::low);
  CAF_CHECK(card.state == actors::actor_state::starting);
  CAF_CHECK_EQUAL(card.retractions.load(), 4u);
  CAF_CHECK_EQUAL(card.restarts.load(), 3u);
  CAF_CHECK_EQUAL(card.cursor.load(), 9u);
}

CAF_TEST(a crash that was noted is taken once) {
  actors::actor_card card{"job:a", "job", "shard:000"};
  card.note_crash({7, 1, "plan", "text"});
  auto first = card.take_crash();
  CAF_REQUIRE(first.has_value());
  CAF_CHECK_EQUAL(first->position, 7u);
  CAF_CHECK(!card.take_crash());
}

CAF_TEST(the board lists cards by kind and in pages) {
  actors::actor_board board;
  for (auto id : {"c", "a", "b"})
    (void)board.add(id, "job", "shard:000", {});
  (void)board.add("x", "shard", "shards", {});
  CAF_CHECK_EQUAL(board.list("job", "", 10).size(), 3u);
  CAF_CHECK_EQUAL(board.list("", "a", 1).at(0)->id, "b");
  CAF_CHECK_EQUAL(board.children("shard:000", 2).size(), 2u);
  board.remove("b");
  CAF_CHECK(!board.find("b"));
  CAF_CHECK_EQUAL(board.count_by_kind()["job"], 2u);
}

CAF_TEST(pages of the board go through all families in one order) {
  actors::actor_board board;
  for (auto n : {7, 2, 5, 0, 8, 3, 6, 1, 4})
    (void)board.add(std::string{"job:"} + std::to_string(n), "job", "shard:" + std::to_string(n % 3), {});
  // The same actor again, below another one: the first card is gone.
  (void)board.add("job:4", "job", "shard:2", {});
  std::string seen;
  std::string after;
  for (auto page = board.list("job", after, 2); !page.empty(); page = board.list("job", after, 2)) {
    CAF_REQUIRE(page.size() <= 2u);
    for (const auto& card : page)
      seen += card->id.back();
    after = page.back()->id;
  }
  CAF_CHECK_EQUAL(seen, "012345678");
  CAF_CHECK_EQUAL(board.children("shard:1", 10).size(), 2u);
  CAF_CHECK_EQUAL(board.children("shard:2", 10).size(), 4u);
  CAF_CHECK_EQUAL(board.count_by_kind()["job"], 9u);
  for (auto n : {0, 3, 6})
    board.remove("job:" + std::to_string(n));
  CAF_CHECK(board.children("shard:0", 10).empty());
  CAF_CHECK_EQUAL(board.list("", "", 100).size(), 6u);
}

CAF_TEST(siblings are told by id whoever left before) {
  actors::actor_board board;
  std::set<std::string> there;
  // A scattered order in which half of them come and go again.
  for (auto n = 0; n < 200; ++n) {
    const auto id = "job:" + std::to_string(100 + n * 37 % 100);
    if (there.erase(id) > 0) {
      board.remove(id);
    } else {
      (void)board.add(id, "job", "shard:000", {});
      there.insert(id);
    }
    if (n == 149) {
      std::vector<std::string> told;
      for (const auto& card : board.children("shard:000", 100))
        told.push_back(card->id);
      CAF_CHECK(told == std::vector<std::string>(there.begin(), there.end()));
      CAF_CHECK_EQUAL(board.children("shard:000", 1).at(0)->id, *there.begin());
    }
  }
  CAF_CHECK(there.empty());
  CAF_CHECK(board.children("shard:000", 100).empty());
}

CAF_TEST(actors are counted by kind and state) {
  actors::actor_board board;
  for (auto n = 0; n < 5; ++n) {
    const auto card = board.add("job:" + std::to_string(n), "job", "shard:" + std::to_string(n % 2), {});
    card->state = n < 3 ? actors::actor_state::running : actors::actor_state::idle;
    card->offered = 2;
  }
  (void)board.add("shard:0", "shard", "shards", {});
  const auto told = board.tally_by_kind();
  CAF_REQUIRE_EQUAL(told.size(), 2u);
  CAF_CHECK(told.at("job").by_state == (std::map<std::string, std::size_t>{{"idle", 2}, {"running", 3}}));
  CAF_CHECK_EQUAL(told.at("job").mailbox, 10u);
  CAF_CHECK(told.at("shard").by_state == (std::map<std::string, std::size_t>{{"starting", 1}}));
}

CAF_TEST(an event is shown with its runs and effects) {
  node_fixture node;
  event_details details;
  details.id = "x";
  node.post("a", "retry 1", details);
  node.settle();
  CAF_CHECK_EQUAL(ask_one(node, "event.get", {{"id", "x"}}, "/status"), "retrying");
  node.advance(5s);
  auto row = ask(node, "event.get", {{"id", "x"}});
  CAF_CHECK_EQUAL(row["status"], "processed");
  CAF_CHECK_EQUAL(row["seq"], 1);
  CAF_CHECK_EQUAL(row["attempts"].size(), 2u);
  CAF_CHECK_EQUAL(row["effects"][0]["key"], "x");
  CAF_CHECK_EQUAL(ask(node, "event.get", {{"id", "y"}}), "not-found");
}

CAF_TEST(a job is shown with its lag) {
  node_fixture node;
  node.post("a");
  node.post("a", "retry 1");
  node.post("a");
  node.settle();
  auto row = ask(node, "job.get", {{"job", "a"}});
  CAF_CHECK_EQUAL(row["lastSeq"], 1);
  CAF_CHECK_EQUAL(row["lag"], 2);
  CAF_CHECK_EQUAL(row["state"], "active");
  CAF_CHECK_EQUAL(ask(node, "job.get", {{"job", "b"}}), "job-not-found");
  CAF_CHECK_EQUAL(ask(node, "job.pause", {{"job", "b"}}), "job-not-found");
}

CAF_TEST(a list is read page by page without a repeat) {
  node_fixture node;
  for (auto job : {"a", "b", "c", "d", "e"})
    node.post(job);
  node.settle();
  std::set<std::string> seen;
  std::string cursor;
  for (int page = 0; page < 3; ++page) {
    auto got = ask(node, "job.list", {{"limit", "2"}, {"cursor", cursor}});
    for (const auto& row : got["data"])
      CAF_CHECK(seen.insert(row["jobId"].get<std::string>()).second);
    cursor = got["page"]["next"].is_null() ? "" : got["page"]["next"].get<std::string>();
  }
  CAF_CHECK_EQUAL(seen.size(), 5u);
  CAF_CHECK_EQUAL(cursor, "");
}

CAF_TEST(a cursor of another question is refused) {
  node_fixture node;
  for (auto job : {"a", "b", "c"})
    node.post(job);
  node.settle();
  auto next = ask(node, "job.list", {{"limit", "1"}})["page"]["next"].get<std::string>();
  CAF_CHECK_EQUAL(ask(node, "actor.list", {{"cursor", next}}), "cursor-mismatch");
  CAF_CHECK_EQUAL(ask(node, "job.list", {{"limit", "0"}}), "bad-request");
}

CAF_TEST(the tree shows jobs below their shard) {
  node_fixture node;
  node.post("a");
  node.settle();
  auto tree = ask(node, "actor.tree");
  CAF_CHECK(tree.dump().find(R"("id":"job:a")") != std::string::npos);
  CAF_CHECK_EQUAL(ask_one(node, "actor.get", {{"id", "job:a"}}, "/state"), "idle");
  CAF_CHECK_EQUAL(ask(node, "actor.get", {{"id", "job:b"}}), "not-found");
}

CAF_TEST(health and overview tell what the node is) {
  node_fixture node;
  node.post("a", "dead");
  node.settle();
  CAF_CHECK_EQUAL(ask_one(node, "health", {}, "/status"), "healthy");
  auto overview = ask(node, "overview");
  CAF_CHECK_EQUAL(overview["accepted"], 1);
  CAF_CHECK_EQUAL(overview["deadLetters"], 1);
  CAF_CHECK_EQUAL(ask_one(node, "handler.list", {}, "/data/0/name"), "plan");
  CAF_CHECK_EQUAL(ask_one(node, "dead_letter.groups", {}, "/data/0/count"), "1");
  CAF_CHECK_EQUAL(ask(node, "colour"), "unsupported");
}

CAF_TEST(a question is answered when the actor dies before it reads it) {
  node_fixture node;
  auto got = node.ask("overview");
  node.crash("inspector");
  node.settle();
  CAF_CHECK_EQUAL(got->answers, 1);
  CAF_CHECK_EQUAL(got->problem, "timed-out");
}

CAF_TEST(a parked job is shown with the reason) {
  node_fixture node;
  node.post("a", "throw 4");
  node.post("a", "throw 4");
  node.advance(30s);
  auto row = ask(node, "job.get", {{"job", "a"}});
  CAF_CHECK_EQUAL(row["state"], "parked");
  CAF_CHECK_EQUAL(row["reason"], "crashed more than 5 times within 60 s");
  CAF_CHECK_EQUAL(row["lastError"]["detail"], "planned crash of e2");
}
